// Makes the JSON text that commands print with --json and that the web API sends, also for contents that
// are not a protobuf message.
#ifndef DIAPASON_TUNER_REPORT_JSON_TEXT_H_
#define DIAPASON_TUNER_REPORT_JSON_TEXT_H_

#include <string>

#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"

namespace diapason::tuner {

// An object of JSON. Its values may be objects and lists.
using JsonObject = google::protobuf::Struct;

// Set a field of the object.
void Set(JsonObject& object, const std::string& name, const std::string& value);
void Set(JsonObject& object, const std::string& name, double value);
void Set(JsonObject& object, const std::string& name, bool value);
// Append to the list of that name and create it if needed. The first returns the new object.
JsonObject& AddTo(JsonObject& object, const std::string& list);
void AddTo(JsonObject& object, const std::string& list, double value);
void AddTo(JsonObject& object, const std::string& list, const std::string& value);
// Returns the object of that name in `object`, which is created if needed.
JsonObject& Nested(JsonObject& object, const std::string& name);

// Returns the JSON text in one line. Equal contents give equal texts in every process: the names of an
// object are sorted, and a message's fields keep their proto names and the order of their numbers. A
// message printed here must not have a map field (a test checks this).
std::string JsonText(const JsonObject& object);
std::string JsonText(const google::protobuf::Message& message);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_REPORT_JSON_TEXT_H_
