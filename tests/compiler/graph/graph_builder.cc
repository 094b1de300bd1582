#include "tests/compiler/graph/graph_builder.h"

#include <gtest/gtest.h>

#include <utility>

#include "compiler/graph/evaluate.h"

namespace diapason::compiler::graph {

using Ints = std::vector<int64_t>;

ValueId GraphBuilder::Input(Shape shape, const std::string& name) {
  return graph.AddInput(name, v1::ELEMENT_TYPE_F32, std::move(shape));
}

ValueId GraphBuilder::Number(double number) { return graph.AddScalar(v1::ELEMENT_TYPE_F32, number); }

ValueId GraphBuilder::Numbers(Shape shape, const std::vector<double>& numbers) {
  std::vector<Scalar> scalars;
  for (double number : numbers) scalars.push_back({number, 0});
  return graph.AddOwnedConstant("c", v1::ELEMENT_TYPE_F32, std::move(shape),
                                ToBytes(v1::ELEMENT_TYPE_F32, scalars));
}

ValueId GraphBuilder::Ones(Shape shape, const std::string& name) {
  const std::vector<Scalar> ones(static_cast<size_t>(NumElements(shape)), Scalar{1, 0});
  return graph.AddOwnedConstant(name, v1::ELEMENT_TYPE_F32, std::move(shape),
                                ToBytes(v1::ELEMENT_TYPE_F32, ones));
}

ValueId GraphBuilder::Add(Op op, std::vector<ValueId> inputs, Attributes attributes,
                          const std::string& name) {
  const absl::StatusOr<ValueId> value = graph.Add(op, std::move(inputs), std::move(attributes),
                                                  name.empty() ? OpName(op) : absl::string_view(name));
  EXPECT_TRUE(value.ok()) << value.status();
  return value.ok() ? *value : 0;
}

ValueId GraphBuilder::Conv(ValueId x, ValueId weights, int64_t pad, const std::string& name) {
  return Add(Op::kConv, {x, weights},
             {{"strides", Ints{1, 1}},
              {"dilations", Ints{1, 1}},
              {"pads_begin", Ints{pad, pad}},
              {"pads_end", Ints{pad, pad}},
              {"group", int64_t{1}}},
             name);
}

ValueId GraphBuilder::MaxPool(ValueId x, const std::string& name) {
  return Add(Op::kMaxPool, {x},
             {{"kernel", Ints{3, 3}},
              {"strides", Ints{1, 1}},
              {"dilations", Ints{1, 1}},
              {"pads_begin", Ints{1, 1}},
              {"pads_end", Ints{1, 1}}},
             name);
}

void GraphBuilder::Output(ValueId value) {
  graph.outputs.push_back(value);
  graph.output_names.push_back("y");
}

}  // namespace diapason::compiler::graph
