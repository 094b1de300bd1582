#include "tuner/page/open_api.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "proto/domain/protocol_version.h"
#include "tuner/report/json_text.h"

namespace diapason::tuner {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

constexpr char kSchemas[] = "#/components/schemas/";

void DescribeMessage(const Descriptor& message, JsonObject& schemas);

void DescribeEnum(const EnumDescriptor& type, JsonObject& schema) {
  Set(schema, "type", std::string("string"));
  for (int i = 0; i < type.value_count(); ++i) AddTo(schema, "enum", type.value(i)->name());
}

// One value of the field in protobuf's JSON form.
void DescribeValue(const FieldDescriptor& field, JsonObject& schema, JsonObject& schemas) {
  const auto type = [&](const char* name, const char* format) {
    Set(schema, "type", std::string(name));
    if (*format != '\0') Set(schema, "format", std::string(format));
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      Set(schema, "$ref", absl::StrCat(kSchemas, field.message_type()->name()));
      return DescribeMessage(*field.message_type(), schemas);
    case FieldDescriptor::CPPTYPE_ENUM:
      return DescribeEnum(*field.enum_type(), schema);
    case FieldDescriptor::CPPTYPE_STRING:
      return type("string", field.type() == FieldDescriptor::TYPE_BYTES ? "byte" : "");
    case FieldDescriptor::CPPTYPE_BOOL:
      return type("boolean", "");
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_UINT32:
      return type("integer", "int32");
    case FieldDescriptor::CPPTYPE_INT64:
      return type("string", "int64");
    case FieldDescriptor::CPPTYPE_UINT64:
      return type("string", "uint64");
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return type("number", "double");
  }
}

void DescribeMessage(const Descriptor& message, JsonObject& schemas) {
  if (schemas.fields().contains(message.name())) return;
  Set(Nested(schemas, message.name()), "type", std::string("object"));  // now a message may contain itself
  JsonObject properties;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    JsonObject value;
    DescribeValue(field, value, schemas);
    JsonObject& property = Nested(properties, field.name());
    if (field.is_repeated()) {
      Set(property, "type", std::string("array"));
      Nested(property, "items") = value;
    } else {
      property = value;
    }
  }
  if (!properties.fields().empty()) Nested(Nested(schemas, message.name()), "properties") = properties;
}

void AddParameter(JsonObject& operation, const std::string& name, const std::string& place,
                  const std::string& description) {
  JsonObject& parameter = AddTo(operation, "parameters");
  Set(parameter, "name", name);
  Set(parameter, "in", place);
  Set(parameter, "required", place == "path");
  Set(parameter, "description", description);
  Set(Nested(parameter, "schema"), "type", std::string("string"));
}

void AddAnswer(JsonObject& responses, const std::string& status, const std::string& description,
               const std::string& media_type, JsonObject schema) {
  JsonObject& answer = Nested(responses, status);
  Set(answer, "description", description);
  Nested(Nested(Nested(answer, "content"), media_type), "schema") = std::move(schema);
}

JsonObject Reference(const std::string& name) {
  JsonObject schema;
  Set(schema, "$ref", absl::StrCat(kSchemas, name));
  return schema;
}

JsonObject AnswerSchema(const ApiPath& path, JsonObject& schemas) {
  JsonObject schema;
  if (path.message != nullptr) DescribeMessage(*path.message, schemas);
  if (path.message != nullptr && *path.list == '\0') return Reference(path.message->name());
  Set(schema, "type", std::string("object"));
  if (path.message != nullptr) {
    JsonObject& list = Nested(Nested(schema, "properties"), path.list);
    Set(list, "type", std::string("array"));
    Nested(list, "items") = Reference(path.message->name());
  }
  return schema;
}

}  // namespace

std::string OpenApiOf(const std::string& prefix, absl::Span<const ApiPath> paths) {
  JsonObject document;
  Set(document, "openapi", std::string("3.0.3"));
  Set(Nested(document, "info"), "title", std::string("Diapason"));
  Set(Nested(document, "info"), "version", std::string(Release()));
  JsonObject& schemas = Nested(Nested(document, "components"), "schemas");
  JsonObject& error = Nested(schemas, "Error");
  Set(error, "type", std::string("object"));
  for (const char* field : {"code", "message"})
    Set(Nested(Nested(error, "properties"), field), "type", std::string("string"));
  for (const ApiPath& path : paths) {
    const absl::string_view pattern = path.pattern;
    JsonObject& operation = Nested(Nested(Nested(document, "paths"), absl::StrCat(prefix, pattern)),
                                   absl::AsciiStrToLower(path.method));
    Set(operation, "summary", std::string(path.summary));
    const size_t open = pattern.find('{');
    if (open != absl::string_view::npos) {
      const std::string name(pattern.substr(open + 1, pattern.find('}') - open - 1));
      AddParameter(operation, name, "path", absl::StrCat("the ", name));
    }
    for (const ApiParameter& parameter : path.parameters)
      AddParameter(operation, parameter.name, "query", parameter.description);
    JsonObject& responses = Nested(operation, "responses");
    AddAnswer(responses, "200", "done", path.media_type, AnswerSchema(path, schemas));
    AddAnswer(responses, "default", "an error", "application/json", Reference("Error"));
  }
  return JsonText(document);
}

}  // namespace diapason::tuner
