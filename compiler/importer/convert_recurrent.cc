// Converts recurrent networks. The products of all inputs with the weights are one matrix product. The steps
// follow one another: each is a product of the state with the recurrent weights, and elementwise operators.
// All steps have the same kernels, so a long sequence makes the program longer, but not the machine code.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/importer/activation_formulas.h"
#include "compiler/importer/converters.h"
#include "compiler/importer/quantization.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler::importer {
namespace {

using graph::Op;
using graph::ValueId;

// An activation function with its parameters.
struct Activation {
  std::string name;  // in lower case, as ONNX compares it
  double alpha = 0, beta = 0;
};

// Returns an activation with ONNX's default parameters.
absl::StatusOr<Activation> NamedActivation(absl::string_view given) {
  const std::string name = absl::AsciiStrToLower(given);
  static constexpr struct {
    absl::string_view name;
    double alpha, beta;
  } kKnown[] = {{"sigmoid", 0, 0},         {"tanh", 0, 0},           {"relu", 0, 0},
                {"softsign", 0, 0},        {"softplus", 0, 0},       {"affine", 1, 0},
                {"scaledtanh", 1, 1},      {"leakyrelu", 0.01, 0},   {"elu", 1, 0},
                {"thresholdedrelu", 1, 0}, {"hardsigmoid", 0.2, 0.5}};
  for (const auto& known : kKnown) {
    if (known.name == name) return Activation{name, known.alpha, known.beta};
  }
  return absl::InvalidArgumentError(absl::StrCat("'", given, "' is not an activation function of ONNX"));
}

ValueId Apply(Expression& e, const Activation& f, ValueId x) {
  if (f.name == "sigmoid") return Sigmoid(e, x);
  if (f.name == "tanh") return e(Op::kTanh, {x});
  if (f.name == "relu") return e(Op::kMax, {x, e.Number(x, 0)});
  if (f.name == "softsign") return Softsign(e, x);
  if (f.name == "softplus") return Softplus(e, x);
  if (f.name == "affine") return e(Op::kAdd, {Times(e, x, f.alpha), e.Number(x, f.beta)});
  if (f.name == "scaledtanh") return Times(e, e(Op::kTanh, {Times(e, x, f.beta)}), f.alpha);
  if (f.name == "leakyrelu") return LeakyRelu(e, x, f.alpha);
  if (f.name == "elu") return Elu(e, x, f.alpha);
  if (f.name == "thresholdedrelu") return ThresholdedRelu(e, x, f.alpha);
  return HardSigmoid(e, x, f.alpha, f.beta);
}

// What all recurrent operators share. Sizes have the names of ONNX's documentation.
struct Network {
  int64_t gates = 1;
  int64_t steps = 0, batch = 0, inputs = 0, hidden = 0, directions = 1;
  bool batch_first = false;             // the attribute `layout`
  std::vector<bool> backwards;          // for each direction
  std::vector<Activation> activations;  // all of the first direction, then all of the second one
  std::optional<double> clip;
  bool has_cell = false;                 // only an LSTM has one
  bool joins_biases = true;              // the bias of the recurrent product is added to that of the inputs
  std::vector<int64_t> recurrent_parts;  // the recurrent weights are used in parts of so many gates
  ValueId sequence = graph::kNone;       // [steps, batch, inputs]
  ValueId weights = graph::kNone, recurrent = graph::kNone;  // operands 1 and 2 in ONNX's form
  // Whether what is multiplied by the weights is quantised before. The weights then are quantised, too.
  bool quantizes = false;
  ValueId lengths = graph::kNone;  // [batch, 1], or none if all sequences have all steps
};

// The operands of one direction.
struct Direction {
  int64_t number;
  ValueId projected;                       // [steps, batch, gates * hidden]: the inputs times their weights
  std::vector<ValueId> recurrent_weights;  // [hidden, gates * hidden], or its parts along the gates
  ValueId input_bias = graph::kNone, recurrent_bias = graph::kNone;  // [1, gates * hidden], or none
  std::vector<Activation> activations;
};

// The state between two steps: [batch, hidden] each. Only an LSTM has a cell.
struct State {
  ValueId hidden = graph::kNone, cell = graph::kNone;
};

// Returns the floats that quantised weights stand for, in ONNX's form. DynamicQuantizeLSTM has them
// transposed: [directions, inputs, gates * hidden]. The scale has a number for each direction, or for each
// column of each.
absl::StatusOr<ValueId> QuantizedWeights(NodeConverter& node, Expression& e, size_t input, size_t scale) {
  const graph::Shape in = node.InShape(input);
  if (in.size() != 3 || !node.Has(scale) || !node.Has(scale + 1))
    return absl::InvalidArgumentError("quantised weights need three dimensions, a scale and a zero point");
  const auto along = [&](size_t operand) {
    const graph::Shape shape = node.InShape(operand);
    const ValueId value = ToFloat(node, e, node.In(operand));
    if (graph::NumElements(shape) == 1) return e.Reshape(value, {});
    if (graph::NumElements(shape) == in[0]) return e.Reshape(value, {in[0], 1, 1});
    return e.Reshape(value, {in[0], 1, in[2]});
  };
  const ValueId centred = e(Op::kSub, {ToFloat(node, e, node.In(input)), along(scale + 1)});
  return e.Transpose(e(Op::kMul, {centred, along(scale)}), {0, 2, 1});
}

// Returns what is multiplied by weights as floats, of which there are only 256 if it is quantised.
ValueId Factor(NodeConverter& node, Expression& e, const Network& net, ValueId x) {
  if (!net.quantizes) return x;
  const QuantizedFloats rounded = DynamicallyRounded(node, e, x);
  return e(Op::kMul, {rounded.centred, rounded.scale});
}

absl::StatusOr<Network> ReadNetwork(NodeConverter& node, Expression& e, int64_t gates,
                                    const std::vector<std::string>& default_activations) {
  DIAPASON_RETURN_IF_ERROR(CheckFloats(node));
  Network net;
  net.gates = gates;
  net.recurrent_parts = {gates};
  net.batch_first = node.Int("layout", 0) != 0;
  graph::Shape x = node.InShape(0);
  net.weights = node.In(1);
  net.recurrent = node.In(2);
  if (node.proto().op_type() == "DynamicQuantizeLSTM") {
    net.quantizes = true;
    DIAPASON_ASSIGN_OR_RETURN(net.weights, QuantizedWeights(node, e, 1, 8));
    DIAPASON_ASSIGN_OR_RETURN(net.recurrent, QuantizedWeights(node, e, 2, 10));
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  const graph::Shape w = e.ShapeOf(net.weights), r = e.ShapeOf(net.recurrent);
  if (x.size() != 3 || w.size() != 3 || r.size() != 3)
    return absl::InvalidArgumentError("X, W and R must have three dimensions each");
  net.sequence = node.In(0);
  if (net.batch_first) net.sequence = e.Transpose(net.sequence, {1, 0, 2});
  if (net.batch_first) std::swap(x[0], x[1]);
  net.steps = x[0];
  net.batch = x[1];
  net.inputs = x[2];
  net.hidden = r[2];
  const std::string direction = node.String("direction", "forward");
  if (direction == "bidirectional") {
    net.backwards = {false, true};
  } else if (direction == "forward" || direction == "reverse") {
    net.backwards = {direction == "reverse"};
  } else {
    return absl::InvalidArgumentError(absl::StrCat("'", direction, "' is not a direction of ONNX"));
  }
  net.directions = static_cast<int64_t>(net.backwards.size());
  if (w != graph::Shape{net.directions, gates * net.hidden, net.inputs} ||
      r != graph::Shape{net.directions, gates * net.hidden, net.hidden} ||
      node.Int("hidden_size", net.hidden) != net.hidden)
    return absl::InvalidArgumentError(absl::StrCat(
        "weights of shapes ", graph::ShapeText(w), " and ", graph::ShapeText(r), " do not fit ",
        net.directions, " directions, ", gates, " gates, and an input of shape ", graph::ShapeText(x)));
  if (node.Has(3) && node.InShape(3) != graph::Shape{net.directions, 2 * gates * net.hidden})
    return absl::InvalidArgumentError(
        absl::StrCat("a bias of shape ", graph::ShapeText(node.InShape(3)), " does not fit"));
  if (node.HasAttribute("clip")) net.clip = node.Float("clip", 0);

  std::vector<std::string> names = node.Strings("activations");
  if (names.empty()) {
    for (int64_t d = 0; d < net.directions; ++d)
      names.insert(names.end(), default_activations.begin(), default_activations.end());
  }
  if (names.size() != default_activations.size() * static_cast<size_t>(net.directions))
    return absl::InvalidArgumentError(
        absl::StrCat("there are ", names.size(), " activations for ", net.directions, " directions"));
  // The functions that have parameters take them from the lists, in their order.
  const std::vector<double> alphas = node.Floats("activation_alpha"), betas = node.Floats("activation_beta");
  for (size_t i = 0, a = 0, b = 0; i < names.size(); ++i) {
    DIAPASON_ASSIGN_OR_RETURN(Activation f, NamedActivation(names[i]));
    if (f.alpha != 0 && a < alphas.size()) f.alpha = alphas[a++];
    const bool has_beta = f.name == "affine" || f.name == "scaledtanh" || f.name == "hardsigmoid";
    if (has_beta && b < betas.size()) f.beta = betas[b++];
    net.activations.push_back(std::move(f));
  }

  if (node.Has(4)) {
    if (node.InShape(4) != graph::Shape{net.batch})
      return absl::InvalidArgumentError("sequence_lens must have one number for each sequence");
    bool all = node.InValue(4).is_constant;
    if (all) {
      for (const graph::Scalar& length : graph::ReadConstant(node.InValue(4))) all &= length.i >= net.steps;
    }
    if (!all) net.lengths = e.Reshape(node.In(4), {net.batch, 1});
  }
  return net;
}

// Adds the product of the inputs with their weights, and reads the rest of one direction's operands.
Direction ReadDirection(NodeConverter& node, Expression& e, const Network& net, int64_t d) {
  const int64_t rows = net.gates * net.hidden;
  Direction direction;
  direction.number = d;
  const ValueId weights = e.Transpose(e.Reshape(e.Part(net.weights, 0, d, 1), {rows, net.inputs}), {1, 0});
  direction.projected =
      e(Op::kMatMul,
        {Factor(node, e, net, e.Reshape(net.sequence, {net.steps * net.batch, net.inputs})), weights});
  const ValueId recurrent =
      e.Transpose(e.Reshape(e.Part(net.recurrent, 0, d, 1), {rows, net.hidden}), {1, 0});
  for (int64_t gate = 0; const int64_t count : net.recurrent_parts) {
    direction.recurrent_weights.push_back(e.Part(recurrent, 1, gate * net.hidden, count * net.hidden));
    gate += count;
  }
  if (node.Has(3)) {
    const ValueId both = e.Part(node.In(3), 0, d, 1);
    direction.input_bias = e.Part(both, 1, 0, rows);
    direction.recurrent_bias = e.Part(both, 1, rows, rows);
    if (net.joins_biases) {
      direction.input_bias = e(Op::kAdd, {direction.input_bias, direction.recurrent_bias});
      direction.recurrent_bias = graph::kNone;
    }
    direction.projected = e(Op::kAdd, {direction.projected, direction.input_bias});
  }
  direction.projected = e.Reshape(direction.projected, {net.steps, net.batch, rows});
  const size_t each = net.activations.size() / static_cast<size_t>(net.directions);
  direction.activations.assign(net.activations.begin() + d * static_cast<int64_t>(each),
                               net.activations.begin() + (d + 1) * static_cast<int64_t>(each));
  return direction;
}

ValueId Clipped(Expression& e, const Network& net, ValueId x) {
  if (!net.clip) return x;
  return e(Op::kMin, {e(Op::kMax, {x, e.Number(x, -*net.clip)}), e.Number(x, *net.clip)});
}

// Returns the columns of gate `gate`.
ValueId Gate(Expression& e, const Network& net, ValueId gates, int64_t gate) {
  return e.Part(gates, 1, gate * net.hidden, net.hidden);
}

// Returns the initial state that operand `input` gives, or zeros.
ValueId InitialState(NodeConverter& node, Expression& e, const Network& net, size_t input, int64_t d) {
  const graph::Shape shape = {net.batch, net.hidden};
  if (!node.Has(input)) return e.Expand(node.graph.AddScalar(v1::ELEMENT_TYPE_F32, 0), shape);
  return e.Reshape(e.Part(node.In(input), net.batch_first ? 1 : 0, d, 1), shape);
}

// Runs all directions and returns the node's outputs: Y, Y_h and, if there is a cell, Y_c. `step` maps the
// inputs' part of the gates, [batch, gates * hidden], and a state to the next state.
template <typename Step>
absl::StatusOr<ValueIds> Run(NodeConverter& node, Expression& e, const Network& net, const Step& step) {
  for (size_t input : {5, 6}) {
    const graph::Shape shape = net.batch_first ? graph::Shape{net.batch, net.directions, net.hidden}
                                               : graph::Shape{net.directions, net.batch, net.hidden};
    if (node.Has(input) && node.InShape(input) != shape)
      return absl::InvalidArgumentError(
          absl::StrCat("an initial state of shape ", graph::ShapeText(node.InShape(input)), " does not fit"));
  }
  const graph::Shape one_step = {1, 1, net.batch, net.hidden};
  ValueIds sequences, hiddens, cells;
  for (int64_t d = 0; d < net.directions; ++d) {
    const Direction direction = ReadDirection(node, e, net, d);
    State state;
    state.hidden = InitialState(node, e, net, 5, d);
    if (net.has_cell) state.cell = InitialState(node, e, net, 6, d);
    ValueIds outputs(static_cast<size_t>(net.steps));
    for (int64_t i = 0; i < net.steps; ++i) {
      const int64_t t = net.backwards[d] ? net.steps - 1 - i : i;
      const ValueId gates =
          e.Reshape(e.Part(direction.projected, 0, t, 1), {net.batch, net.gates * net.hidden});
      State next = step(direction, gates, state);
      ValueId output = next.hidden;
      if (net.lengths != graph::kNone) {  // a sequence that has ended keeps its state, and its outputs are 0
        const ValueId goes_on = e(Op::kLess, {e.Number(net.lengths, static_cast<double>(t)), net.lengths});
        output = e(Op::kWhere, {goes_on, next.hidden, e.Number(next.hidden, 0)});
        next.hidden = e(Op::kWhere, {goes_on, next.hidden, state.hidden});
        if (net.has_cell) next.cell = e(Op::kWhere, {goes_on, next.cell, state.cell});
      }
      outputs[static_cast<size_t>(t)] = e.Reshape(output, one_step);
      state = next;
      DIAPASON_RETURN_IF_ERROR(e.status());
    }
    if (node.Wants(0)) sequences.push_back(e.Concat(std::move(outputs), 0));
    hiddens.push_back(e.Reshape(state.hidden, {1, net.batch, net.hidden}));
    if (net.has_cell) cells.push_back(e.Reshape(state.cell, {1, net.batch, net.hidden}));
  }
  ValueId last = e.Concat(hiddens, 0), cell = net.has_cell ? e.Concat(cells, 0) : graph::kNone;
  ValueId all = node.Wants(0) ? e.Concat(sequences, 1) : last;
  if (net.batch_first) {
    if (node.Wants(0)) all = e.Transpose(all, {2, 0, 1, 3});
    last = e.Transpose(last, {1, 0, 2});
    if (net.has_cell) cell = e.Transpose(cell, {1, 0, 2});
  }
  DIAPASON_RETURN_IF_ERROR(e.status());
  ValueIds results = {all, last};
  if (net.has_cell) results.push_back(cell);
  return results;
}

}  // namespace

absl::StatusOr<ValueIds> ConvertRnn(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(const Network net, ReadNetwork(node, e, 1, {"Tanh"}));
  return Run(node, e, net, [&](const Direction& direction, ValueId gates, const State& state) {
    gates = e(Op::kAdd, {gates, e(Op::kMatMul, {state.hidden, direction.recurrent_weights[0]})});
    return State{Apply(e, direction.activations[0], Clipped(e, net, gates))};
  });
}

// The gates are update z, reset r and hidden h, in this order.
absl::StatusOr<ValueIds> ConvertGru(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(Network net, ReadNetwork(node, e, 3, {"Sigmoid", "Tanh"}));
  const bool reset_after = node.Int("linear_before_reset", 0) != 0;
  net.joins_biases = !reset_after;
  if (!reset_after) net.recurrent_parts = {2, 1};
  return Run(node, e, net, [&](const Direction& direction, ValueId gates, const State& state) {
    const Activation &f = direction.activations[0], &g = direction.activations[1];
    const auto recurrent = [&](ValueId from, size_t part) {
      return e(Op::kMatMul, {from, direction.recurrent_weights[part]});
    };
    ValueId products = recurrent(state.hidden, 0);
    if (reset_after && direction.recurrent_bias != graph::kNone)
      products = e(Op::kAdd, {products, direction.recurrent_bias});
    const auto sum = [&](int64_t gate) {
      return e(Op::kAdd, {Gate(e, net, gates, gate), Gate(e, net, products, gate)});
    };
    const ValueId z = Apply(e, f, Clipped(e, net, sum(0))), r = Apply(e, f, Clipped(e, net, sum(1)));
    const ValueId reset = reset_after ? e(Op::kMul, {r, Gate(e, net, products, 2)})
                                      : recurrent(e(Op::kMul, {r, state.hidden}), 1);
    const ValueId candidate = Apply(e, g, Clipped(e, net, e(Op::kAdd, {Gate(e, net, gates, 2), reset})));
    const ValueId kept = e(Op::kSub, {e.Number(z, 1), z});
    return State{e(Op::kAdd, {e(Op::kMul, {kept, candidate}), e(Op::kMul, {z, state.hidden})})};
  });
}

// The gates are input i, output o, forget f and cell c, in this order. The peepholes are those of i, o and f.
absl::StatusOr<ValueIds> ConvertLstm(NodeConverter& node) {
  Expression e(node);
  DIAPASON_ASSIGN_OR_RETURN(Network net, ReadNetwork(node, e, 4, {"Sigmoid", "Tanh", "Tanh"}));
  net.has_cell = true;
  const int64_t h = net.hidden;
  if (node.Has(7) && node.InShape(7) != graph::Shape{net.directions, 3 * h})
    return absl::InvalidArgumentError(
        absl::StrCat("peepholes of shape ", graph::ShapeText(node.InShape(7)), " do not fit"));
  const bool couples = node.Int("input_forget", 0) != 0;
  return Run(node, e, net, [&](const Direction& direction, ValueId gates, const State& state) {
    const Activation &f = direction.activations[0], &g = direction.activations[1],
                     &last = direction.activations[2];
    const ValueId hidden = Factor(node, e, net, state.hidden);
    gates = e(Op::kAdd, {gates, e(Op::kMatMul, {hidden, direction.recurrent_weights[0]})});
    const auto peek = [&](ValueId sum, ValueId cell, int64_t which) {
      if (!node.Has(7)) return sum;
      const ValueId peephole = e.Part(e.Part(node.In(7), 0, direction.number, 1), 1, which * h, h);
      return e(Op::kAdd, {sum, e(Op::kMul, {cell, peephole})});
    };
    const auto gate = [&](int64_t which, ValueId cell, int64_t peephole) {
      return Apply(e, f, Clipped(e, net, peek(Gate(e, net, gates, which), cell, peephole)));
    };
    const ValueId input = gate(0, state.cell, 0);
    const ValueId forget = couples ? e(Op::kSub, {e.Number(input, 1), input}) : gate(2, state.cell, 2);
    const ValueId candidate = Apply(e, g, Clipped(e, net, Gate(e, net, gates, 3)));
    const ValueId cell = e(Op::kAdd, {e(Op::kMul, {forget, state.cell}), e(Op::kMul, {input, candidate})});
    const ValueId output = gate(1, cell, 1);
    return State{e(Op::kMul, {output, Apply(e, last, cell)}), cell};
  });
}

}  // namespace diapason::compiler::importer
