#include "proto/domain/target_fingerprint.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "proto/base/content_hash.h"
#include "proto/domain/target_fit.h"

namespace diapason {

std::string TargetFingerprint(const v1::Target& target) {
  // The text is built by hand because protobuf does not promise to serialise to the same bytes every time.
  std::string text = absl::StrCat("diapason-machine-1;", target.triple(), ";", target.cpu(), ";",
                                  absl::StrJoin(target.features(), ","), ";", target.vector_bits(), ";",
                                  target.vector_registers(), ";", Microarchitecture(target));
  for (const v1::Cache& cache : target.caches()) {
    absl::StrAppend(&text, ";", cache.level(), ":", cache.size_bytes(), ":", cache.line_bytes());
  }
  return ContentHash(text).substr(0, 16);
}

std::string TargetClass(const v1::Target& target) {
  return absl::StrCat(target.triple().substr(0, target.triple().find('-')), "/", target.vector_bits());
}

}  // namespace diapason
