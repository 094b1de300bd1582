// JSON for what is printed with --json and is no message of its own.
#ifndef DIAPASON_TUNER_CLI_JSON_TEXT_H_
#define DIAPASON_TUNER_CLI_JSON_TEXT_H_

#include <string>

#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"

namespace diapason::tuner {

using JsonObject = google::protobuf::Struct;

void Set(JsonObject& object, const std::string& name, const std::string& value);
void Set(JsonObject& object, const std::string& name, double value);
void Set(JsonObject& object, const std::string& name, bool value);
// Appended to the list of that name.
JsonObject& AddTo(JsonObject& object, const std::string& list);
void AddTo(JsonObject& object, const std::string& list, double value);
JsonObject& Nested(JsonObject& object, const std::string& name);

// One line. Equal contents give equal texts, in every process: the names of an object are sorted, a message's
// fields keep their proto names and the order of their numbers. A message printed here must have no map field
// (a test looks).
std::string JsonText(const JsonObject& object);
std::string JsonText(const google::protobuf::Message& message);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_JSON_TEXT_H_
