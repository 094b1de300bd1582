#include "proto/domain/rung_name.h"

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace diapason {

std::string RungName(v1::Rung rung) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::Rung_Name(rung), "RUNG_"));
}

}  // namespace diapason
