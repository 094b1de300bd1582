#include "tests/compiler/importer/onnx_mutations.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "onnx/onnx_pb.h"

namespace diapason::compiler::importer {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

class ModelChanger {
 public:
  ModelChanger(onnx::ModelProto& model, std::mt19937_64& engine) : engine_(engine) { Collect(model); }

  void Change() {
    const auto& [message, field] = places_[Below(places_.size())];
    const Reflection& reflection = *message->GetReflection();
    if (field->is_repeated()) return ChangeList(*message, reflection, field);
    if (Below(6) == 0) return reflection.ClearField(message, field);
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT64:
        return reflection.SetInt64(message, field, Number(reflection.GetInt64(*message, field)));
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.SetInt32(message, field,
                                   static_cast<int32_t>(Number(reflection.GetInt32(*message, field))));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return reflection.SetFloat(message, field, static_cast<float>(Number(1)));
      case FieldDescriptor::CPPTYPE_ENUM:
        return reflection.SetEnumValue(message, field, static_cast<int>(Below(20)));
      case FieldDescriptor::CPPTYPE_STRING:
        return reflection.SetString(message, field, Text(reflection.GetString(*message, field)));
      default:
        return reflection.ClearField(message, field);
    }
  }

 private:
  size_t Below(size_t count) { return static_cast<size_t>(engine_() % count); }

  // Notes every field that is set, and every string.
  void Collect(Message& message) {
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      places_.emplace_back(&message, field);
      const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
      const bool is_text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
      for (int i = 0; field->is_repeated() && i < reflection.FieldSize(message, field); ++i) {
        if (is_message) Collect(*reflection.MutableRepeatedMessage(&message, field, i));
        if (is_text) texts_.push_back(reflection.GetRepeatedString(message, field, i));
      }
      if (field->is_repeated()) continue;
      if (is_message) Collect(*reflection.MutableMessage(&message, field));
      if (is_text) texts_.push_back(reflection.GetString(message, field));
    }
  }

  void ChangeList(Message& message, const Reflection& reflection, const FieldDescriptor* field) {
    const int size = reflection.FieldSize(message, field);
    if (size == 0) return;
    const int at = static_cast<int>(Below(static_cast<size_t>(size)));
    switch (Below(4)) {
      case 0:  // remove an element
        reflection.SwapElements(&message, field, at, size - 1);
        return reflection.RemoveLast(&message, field);
      case 1:  // move one
        return reflection.SwapElements(&message, field, at, size - 1);
      default:
        break;
    }
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT64:
        return reflection.SetRepeatedInt64(&message, field, at,
                                           Number(reflection.GetRepeatedInt64(message, field, at)));
      case FieldDescriptor::CPPTYPE_STRING:
        return reflection.SetRepeatedString(&message, field, at,
                                            Text(reflection.GetRepeatedString(message, field, at)));
      case FieldDescriptor::CPPTYPE_MESSAGE: {  // repeat one
        const Message& repeated = reflection.GetRepeatedMessage(message, field, at);
        Message* copy = repeated.New();
        copy->CopyFrom(repeated);
        return reflection.AddAllocatedMessage(&message, field, copy);
      }
      default:
        return;
    }
  }

  int64_t Number(int64_t old) {
    constexpr int64_t kNumbers[] = {0,
                                    1,
                                    -1,
                                    2,
                                    3,
                                    7,
                                    64,
                                    65536,
                                    int64_t{1} << 31,
                                    int64_t{1} << 40,
                                    std::numeric_limits<int64_t>::max(),
                                    std::numeric_limits<int64_t>::min()};
    if (Below(3) == 0) return static_cast<int64_t>(static_cast<uint64_t>(old) + (Below(2) == 0 ? 1u : ~0ull));
    return kNumbers[Below(std::size(kNumbers))];
  }

  std::string Text(std::string old) {
    if (Below(2) == 0) return texts_[Below(texts_.size())];
    if (old.empty()) return "x";
    if (Below(2) == 0) return old.substr(0, Below(old.size()));
    old[Below(old.size())] = static_cast<char>(Below(256));
    return old;
  }

  std::mt19937_64& engine_;
  std::vector<std::pair<Message*, const FieldDescriptor*>> places_;
  std::vector<std::string> texts_;
};

}  // namespace

std::string ChangedModel(std::string bytes, std::mt19937_64& engine) {
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes) || model.ByteSizeLong() == 0) return bytes;
  for (uint64_t changes = 1 + engine() % 3; changes > 0; --changes) ModelChanger(model, engine).Change();
  return model.SerializePartialAsString();
}

}  // namespace diapason::compiler::importer
