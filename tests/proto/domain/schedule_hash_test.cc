#include "proto/domain/schedule_hash.h"

#include "gtest/gtest.h"
#include "proto/base/content_hash.h"

namespace diapason {
namespace {

v1::Schedule Example() {
  v1::Schedule schedule;
  schedule.set_sketch_hash("abc");
  schedule.set_sketch_name("conv");
  for (const char* name : {"a", "b"}) {
    v1::KnobValue& knob = *schedule.add_knobs();
    knob.set_name(name);
    knob.set_value(4);
  }
  return schedule;
}

// Logs store the hash, so the text that is hashed must never change.
TEST(ScheduleHashTest, IsTheHashOfTheSketchAndTheKnobs) {
  EXPECT_EQ(ScheduleHash(Example()), ContentHash("abc;a=4;b=4"));
}

TEST(ScheduleHashTest, TheSketchsNameIsNoPartOfIt) {
  v1::Schedule renamed = Example();
  renamed.set_sketch_name("conv2d");
  EXPECT_EQ(ScheduleHash(renamed), ScheduleHash(Example()));
  renamed.mutable_knobs(1)->set_value(5);
  EXPECT_NE(ScheduleHash(renamed), ScheduleHash(Example()));
}

}  // namespace
}  // namespace diapason
