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

}  // namespace diapason
