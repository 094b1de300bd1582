#include "compiler/graph/workload_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace diapason::compiler::graph {

std::string TensorText::Type() const {
  std::string text = "tensor<";
  for (int64_t extent : shape) absl::StrAppend(&text, extent, "x");
  return absl::StrCat(text, MemoryType(type), ">");
}

std::string LoopIndex(int loop) { return absl::StrCat("d", loop); }

std::vector<std::string> LoopIndices(const std::vector<int>& loops) {
  std::vector<std::string> indices;
  for (int loop : loops) indices.push_back(LoopIndex(loop));
  return indices;
}

TensorText WorkloadText::AddArgument(View view, v1::ElementType type, const std::string& attributes) {
  TensorText tensor{absl::StrCat("%arg", arguments_.size()), type, view.shape};
  arguments_.push_back(absl::StrCat(tensor.name, ": ", tensor.Type(),
                                    attributes.empty() ? "" : absl::StrCat(" {", attributes, "}")));
  views_.push_back(std::move(view));
  return tensor;
}

TensorText WorkloadText::AddDestination(View view, v1::ElementType type) {
  return AddArgument(std::move(view), type, "");
}

std::string WorkloadText::Constant(v1::ElementType type, Scalar number) {
  const std::string literal = Literal(type, number);
  std::string& name = constants_[literal];
  if (name.empty()) {
    name = absl::StrCat("%c", constants_.size());
    absl::StrAppend(&constant_lines_, "    ", name, " = arith.constant ", literal, "\n");
  }
  return name;
}

TensorText WorkloadText::Empty(v1::ElementType type, Shape shape) {
  TensorText tensor{Fresh(), type, std::move(shape)};
  absl::StrAppend(&lines_, "    ", tensor.name, " = tensor.empty() : ", tensor.Type(), "\n");
  return tensor;
}

std::string WorkloadText::Fresh() { return absl::StrCat("%v", next_++); }

TensorText WorkloadText::Generic(absl::string_view iterators, const std::vector<OperandText>& inputs,
                                 const OperandText& output, absl::string_view body, absl::string_view yield,
                                 absl::string_view attribute) {
  std::vector<std::string> dims, kinds, maps, names, types, block;
  for (size_t i = 0; i < iterators.size(); ++i) {
    dims.push_back(LoopIndex(static_cast<int>(i)));
    kinds.push_back(iterators[i] == 'p' ? "\"parallel\"" : "\"reduction\"");
  }
  const auto map = [&](const OperandText& operand) {
    return absl::StrCat("affine_map<(", absl::StrJoin(dims, ", "), ") -> (",
                        absl::StrJoin(operand.indices, ", "), ")>");
  };
  for (const OperandText& input : inputs) {
    block.push_back(absl::StrCat("%x", maps.size(), ": ", MemoryType(input.tensor.type)));
    maps.push_back(map(input));
    names.push_back(input.tensor.name);
    types.push_back(input.tensor.Type());
  }
  maps.push_back(map(output));
  block.push_back(absl::StrCat("%old: ", MemoryType(output.tensor.type)));
  TensorText result{Fresh(), output.tensor.type, output.tensor.shape};
  absl::StrAppend(&lines_, "    ", result.name, " = linalg.generic {indexing_maps = [",
                  absl::StrJoin(maps, ", "), "], iterator_types = [", absl::StrJoin(kinds, ", "), "]}");
  if (!names.empty())
    absl::StrAppend(&lines_, " ins(", absl::StrJoin(names, ", "), " : ", absl::StrJoin(types, ", "), ")");
  absl::StrAppend(&lines_, " outs(", output.tensor.name, " : ", output.tensor.Type(), ")",
                  attribute.empty() ? "" : absl::StrCat(" attrs = {", attribute, "}"), " {\n    ^bb0(",
                  absl::StrJoin(block, ", "), "):\n", body, "      linalg.yield ", yield, " : ",
                  MemoryType(output.tensor.type), "\n    } -> ", result.Type(), "\n");
  return result;
}

TensorText WorkloadText::Fill(v1::ElementType type, Shape shape, const std::string& number) {
  std::vector<int> loops;
  for (size_t d = 0; d < shape.size(); ++d) loops.push_back(static_cast<int>(d));
  const TensorText empty = Empty(type, std::move(shape));
  return Generic(std::string(loops.size(), 'p'), {}, {empty, LoopIndices(loops)}, "", number);
}

std::string WorkloadText::Finish(const TensorText& result) const {
  return absl::StrCat("func.func @workload(", absl::StrJoin(arguments_, ", "), ") -> ", result.Type(), " {\n",
                      constant_lines_, lines_, "    return ", result.name, " : ", result.Type(), "\n}\n");
}

}  // namespace diapason::compiler::graph
