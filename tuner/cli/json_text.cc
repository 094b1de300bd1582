#include "tuner/cli/json_text.h"

#include "google/protobuf/util/json_util.h"

namespace diapason::tuner {

void Set(JsonObject& object, const std::string& name, const std::string& value) {
  (*object.mutable_fields())[name].set_string_value(value);
}

void Set(JsonObject& object, const std::string& name, double value) {
  (*object.mutable_fields())[name].set_number_value(value);
}

void Set(JsonObject& object, const std::string& name, bool value) {
  (*object.mutable_fields())[name].set_bool_value(value);
}

JsonObject& AddTo(JsonObject& object, const std::string& list) {
  return *(*object.mutable_fields())[list].mutable_list_value()->add_values()->mutable_struct_value();
}

void AddTo(JsonObject& object, const std::string& list, double value) {
  (*object.mutable_fields())[list].mutable_list_value()->add_values()->set_number_value(value);
}

JsonObject& Nested(JsonObject& object, const std::string& name) {
  return *(*object.mutable_fields())[name].mutable_struct_value();
}

std::string JsonText(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  // Fails only for messages with Any or broken time fields, which ours have not.
  google::protobuf::util::MessageToJsonString(message, &text, options);
  return text;
}

}  // namespace diapason::tuner
