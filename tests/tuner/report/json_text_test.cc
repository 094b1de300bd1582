#include "tuner/report/json_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "diapason/v1/tracker.pb.h"
#include "diapason/v1/tuner.pb.h"
#include "google/protobuf/util/json_util.h"

namespace diapason::tuner {
namespace {

TEST(JsonTextTest, NamesAreSortedAtEveryDepth) {
  JsonObject all;
  for (const char* name : {"zeta", "alpha", "mid", "beta"}) Set(all, name, std::string(name));
  JsonObject& entry = AddTo(all, "tasks");
  for (const char* name : {"summary", "median_us", "rung", "knobs"}) Set(entry, name, 1.5);
  Set(Nested(entry, "schedule"), "b", true);
  Set(Nested(entry, "schedule"), "a", 2.0);
  EXPECT_EQ(JsonText(all),
            R"({"alpha":"alpha","beta":"beta","mid":"mid","tasks":[{"knobs":1.5,"median_us":1.5,"rung":1.5,)"
            R"("schedule":{"a":2,"b":true},"summary":1.5}],"zeta":"zeta"})");
}

TEST(JsonTextTest, WhatItPrintsIsJsonWithTheSameContents) {
  JsonObject all;
  Set(all, "qu\"ote\n\t\\", std::string("line\nbreak \"quoted\" \x01 \xc3\xa9"));
  Set(all, "tiny", 1e-300);
  Nested(all, "empty");
  for (double sample : {1.0, 0.1, 3e20}) AddTo(all, "samples", sample);
  AddTo(all, "objects");
  JsonObject read;
  const auto parsed = google::protobuf::util::JsonStringToMessage(JsonText(all), &read);
  ASSERT_TRUE(parsed.ok()) << parsed.ToString() << JsonText(all);
  EXPECT_EQ(JsonText(read), JsonText(all));
  EXPECT_EQ(read.fields().size(), all.fields().size());
  EXPECT_EQ(read.fields().at("samples").list_value().values(1).number_value(), 0.1);
  EXPECT_EQ(JsonText(JsonObject()), "{}");
}

void ExpectNoMap(const google::protobuf::Descriptor& message, std::set<std::string>& seen) {
  if (!seen.insert(message.full_name()).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *message.field(i);
    EXPECT_FALSE(field.is_map()) << field.full_name()
                                 << ": --json would print it in another order at every run";
    if (field.message_type() != nullptr) ExpectNoMap(*field.message_type(), seen);
  }
}

TEST(JsonTextTest, MessagesThatArePrintedHaveNoMaps) {
  std::set<std::string> seen;
  for (const google::protobuf::Descriptor* message :
       {v1::JobStatus::descriptor(), v1::ListJobsResponse::descriptor(),
        v1::ListDevicesResponse::descriptor()}) {
    ExpectNoMap(*message, seen);
  }
  EXPECT_GT(seen.size(), 8u);
}

}  // namespace
}  // namespace diapason::tuner
