#include "tuner/report/json_text.h"

#include <map>

#include "google/protobuf/util/json_util.h"

namespace diapason::tuner {
namespace {

void AppendObject(const JsonObject& object, std::string& text);

// Appends a string, a number, a Boolean or null, quoted by protobuf.
void AppendLeaf(const google::protobuf::Value& value, std::string& text) {
  std::string leaf;
  google::protobuf::util::MessageToJsonString(value, &leaf);
  text += leaf;
}

void AppendValue(const google::protobuf::Value& value, std::string& text) {
  if (value.has_struct_value()) return AppendObject(value.struct_value(), text);
  if (!value.has_list_value()) return AppendLeaf(value, text);
  const char* separator = "[";
  for (const google::protobuf::Value& element : value.list_value().values()) {
    text += separator;
    AppendValue(element, text);
    separator = ",";
  }
  text += value.list_value().values().empty() ? "[]" : "]";
}

// Sorts the fields, because a Struct keeps them in a map whose order differs from process to process.
void AppendObject(const JsonObject& object, std::string& text) {
  std::map<std::string, const google::protobuf::Value*> sorted;
  for (const auto& [name, value] : object.fields()) sorted[name] = &value;
  const char* separator = "{";
  for (const auto& [name, value] : sorted) {
    google::protobuf::Value key;
    key.set_string_value(name);
    text += separator;
    AppendLeaf(key, text);
    text += ":";
    AppendValue(*value, text);
    separator = ",";
  }
  text += object.fields().empty() ? "{}" : "}";
}

}  // namespace

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

void AddTo(JsonObject& object, const std::string& list, const std::string& value) {
  (*object.mutable_fields())[list].mutable_list_value()->add_values()->set_string_value(value);
}

JsonObject& Nested(JsonObject& object, const std::string& name) {
  return *(*object.mutable_fields())[name].mutable_struct_value();
}

std::string JsonText(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string text;
  // This fails only for messages with Any or invalid time fields, which ours do not have.
  google::protobuf::util::MessageToJsonString(message, &text, options);
  return text;
}

std::string JsonText(const JsonObject& object) {
  std::string text;
  AppendObject(object, text);
  return text;
}

}  // namespace diapason::tuner
