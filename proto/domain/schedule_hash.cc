#include "proto/domain/schedule_hash.h"

#include "absl/strings/str_cat.h"
#include "proto/base/content_hash.h"

namespace diapason {

std::string ScheduleHash(const v1::Schedule& schedule) {
  std::string text = schedule.sketch_hash();
  for (const v1::KnobValue& knob : schedule.knobs())
    absl::StrAppend(&text, ";", knob.name(), "=", knob.value());
  return ContentHash(text);
}

absl::Status CheckSketchHash(const v1::Sketch& sketch) {
  if (sketch.hash() == ContentHash(sketch.text())) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the hash of the sketch ", sketch.name(),
                                                 " is not that of its text; take both from one release"));
}

}  // namespace diapason
