#include "compiler/graph/epilogue.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/match.h"

namespace diapason::compiler::graph {

Epilogue::Epilogue(const Graph& graph, const Layout& layout, const Kernel& kernel)
    : graph_(graph), kernel_(kernel), chain_(kernel.chain), start_(kernel.AnchorValue(graph)) {
  const auto in_place = layout.in_place.find(kernel.output);
  if (in_place != layout.in_place.end()) in_place_ = in_place->second;
  CollectOperands();
}

void Epilogue::CollectOperands() {
  operands_.clear();
  std::set<ValueId> known = {start_, in_place_};
  for (NodeId id : chain_) {
    for (ValueId input : graph_.node(id).inputs) {
      const Value& value = graph_.value(input);
      const bool is_number = value.is_constant && NumElements(value.shape) == 1;
      if (!is_number && known.insert(input).second) operands_.push_back(input);
    }
    known.insert(graph_.node(id).output);
  }
}

std::optional<ValueId> Epilogue::TakeBias(size_t dim) {
  if (chain_.empty()) return std::nullopt;
  const Node& first = graph_.node(chain_.front());
  const std::optional<ConstantOperand> split = SplitConstant(graph_, first);
  if (first.op != Op::kAdd || !split || split->other != start_) return std::nullopt;
  for (size_t i = 1; i < chain_.size(); ++i) {
    const std::vector<ValueId>& inputs = graph_.node(chain_[i]).inputs;
    if (std::count(inputs.begin(), inputs.end(), start_) > 0) return std::nullopt;
  }
  const Shape &shape = graph_.value(split->constant).shape, &out = graph_.value(first.output).shape;
  const size_t missing = out.size() - shape.size();
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] != (d + missing == dim ? out[dim] : 1)) return std::nullopt;
  }
  if (NumElements(shape) != out[dim]) return std::nullopt;
  start_ = first.output;
  has_bias_ = true;
  chain_.erase(chain_.begin());
  CollectOperands();
  return split->constant;
}

TensorText Epilogue::Write(WorkloadText& text, absl::string_view iterators,
                           std::vector<OperandText> anchor_inputs, absl::string_view prelude,
                           const std::string& anchor, const std::vector<OperandText>& operands,
                           const OperandText& destination) const {
  std::string body(prelude);
  std::map<ValueId, std::string> names = {{start_, anchor}};
  const auto from_memory = [&](ValueId id, const std::string& name) {
    names[id] = name;
    if (graph_.value(id).type != v1::ELEMENT_TYPE_BOOL) return;
    names[id] = text.Fresh();  // in the caller's tensors, any byte but 0 means true
    absl::StrAppend(&body, "      ", names[id], "_zero = arith.constant 0 : i8\n      ", names[id],
                    " = arith.cmpi ne, ", name, ", ", names[id], "_zero : i8\n");
  };
  if (start_ != kNone) from_memory(start_, anchor);
  if (in_place_ != kNone) from_memory(in_place_, "%old");
  std::vector<OperandText> inputs = std::move(anchor_inputs);
  for (size_t i = 0; i < operands.size(); ++i) {
    from_memory(operands_[i], absl::StrCat("%x", inputs.size()));
    inputs.push_back(operands[i]);
  }
  for (NodeId id : chain_) {
    const Node& node = graph_.node(id);
    std::vector<std::string> x;
    for (ValueId input : node.inputs) {
      const Value& value = graph_.value(input);
      const auto known = names.find(input);
      x.push_back(known != names.end() ? known->second : text.Constant(value.type, ReadConstant(value)[0]));
    }
    names[node.output] = text.Fresh();
    absl::StrAppend(
        &body, ElementText(node.op, graph_.value(node.inputs.back()).type, graph_.value(node.output).type,
                           names[node.output], x, graph_.fast_math));
  }
  std::string result = names.at(chain_.empty() ? start_ : kernel_.output);
  if (graph_.value(kernel_.output).type == v1::ELEMENT_TYPE_BOOL) {
    const std::string wide = text.Fresh();
    absl::StrAppend(&body, "      ", wide, " = arith.extui ", result, " : i1 to i8\n");
    result = wide;
  }
  return text.Generic(iterators, inputs, destination, body, result);
}

std::string Epilogue::Summary() const {
  std::vector<std::string> words;
  if (has_bias_) words.push_back("bias");
  if (in_place_ != kNone) words.push_back("residual");
  for (NodeId id : chain_) {
    const Node& node = graph_.node(id);
    const std::optional<ConstantOperand> split = SplitConstant(graph_, node);
    const std::optional<float> number = split ? SingleNumber(graph_, split->constant) : std::nullopt;
    if (node.op == Op::kAdd && std::count(node.inputs.begin(), node.inputs.end(), in_place_) > 0) continue;
    std::string word =
        node.op == Op::kMax && number == 0.0f ? "relu" : absl::AsciiStrToLower(OpName(node.op));
    if (node.op == Op::kMin && number && !words.empty() && words.back() == "relu") {
      words.back() = "clip";
      continue;
    }
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(std::move(word));
  }
  return words.empty() ? "" : absl::StrCat(" ", absl::StrJoin(words, " "));
}

}  // namespace diapason::compiler::graph
