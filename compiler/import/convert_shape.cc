// Operators that move elements or ask for shapes: views, joining, splitting, gathering, and the makers of constants.
#include <algorithm>
#include <limits>
#include <set>

#include "absl/strings/str_cat.h"
#include "compiler/graph/evaluate.h"
#include "compiler/graph/infer_shape.h"
#include "compiler/import/node_converter.h"
#include "proto/base/status_macros.h"

namespace diapason::compiler {
namespace {

Values IntConstant(NodeConverter& node, absl::Span<const int64_t> numbers, Shape shape) {
  std::vector<Scalar> scalars;
  for (int64_t number : numbers) scalars.push_back({0, number});
  return {
      node.graph.AddOwnedConstant("", DataType::kI64, std::move(shape), ToBytes(DataType::kI64, scalars))};
}

absl::StatusOr<Values> ConvertConstant(NodeConverter& node) {
  if (node.HasAttribute("value")) return One(node.Tensor("value"));
  if (node.HasAttribute("value_float"))
    return Values{node.graph.AddScalar(DataType::kF32, node.Float("value_float", 0))};
  if (node.HasAttribute("value_int")) return IntConstant(node, {node.Int("value_int", 0)}, {});
  if (auto numbers = node.Ints("value_ints"))
    return IntConstant(node, *numbers, {static_cast<int64_t>(numbers->size())});
  if (node.HasAttribute("value_floats")) {
    std::vector<Scalar> scalars;
    for (double number : node.Floats("value_floats")) scalars.push_back({number, 0});
    const int64_t count = static_cast<int64_t>(scalars.size());
    return Values{node.graph.AddOwnedConstant("", DataType::kF32, {count}, ToBytes(DataType::kF32, scalars))};
  }
  return absl::UnimplementedError("a constant that is neither a tensor nor numbers");
}

absl::StatusOr<Values> ConvertConstantOfShape(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(Shape shape, node.ConstantInts(0));
  ValueId number = node.graph.AddScalar(DataType::kF32, 0);
  if (node.HasAttribute("value")) {
    DIAPASON_ASSIGN_OR_RETURN(number, node.Tensor("value"));
    if (NumElements(node.graph.value(number).shape) != 1)
      return absl::InvalidArgumentError("the value is not one number");
    DIAPASON_ASSIGN_OR_RETURN(number, node.Reshape(number, {}));
  }
  return One(node.Add("Expand", {number}, {{"shape", std::move(shape)}}));
}

absl::StatusOr<Values> ConvertShape(NodeConverter& node) {
  const Shape& shape = node.InShape(0);
  const int64_t rank = static_cast<int64_t>(shape.size());
  if (node.proto().op_type() == "Size") return IntConstant(node, {NumElements(shape)}, {});
  const auto clamp = [&](int64_t axis) {
    return std::clamp<int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  const int64_t start = clamp(node.Int("start", 0)), end = std::max(start, clamp(node.Int("end", rank)));
  return IntConstant(node, absl::MakeSpan(shape).subspan(start, end - start), {end - start});
}

absl::StatusOr<Values> ConvertReshape(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(std::optional<std::vector<int64_t>> shape, node.AttributeOrOperand("shape", 1));
  if (!shape) return absl::InvalidArgumentError("there is no shape");
  const Shape& in = node.InShape(0);
  int64_t known = 1, open = kNone;
  for (size_t d = 0; d < shape->size(); ++d) {
    int64_t& extent = (*shape)[d];
    if (extent == 0 && node.Int("allowzero", 0) == 0) {
      if (d >= in.size())
        return absl::InvalidArgumentError("a 0 in the shape where the input has no dimension");
      extent = in[d];
    }
    if (extent == -1 && open == kNone) {
      open = static_cast<int64_t>(d);
    } else {
      if (extent < 0 || (extent > 0 && known > std::numeric_limits<int64_t>::max() / extent))
        return absl::InvalidArgumentError(absl::StrCat("a dimension of ", extent));
      known *= extent;
    }
  }
  if (open != kNone) (*shape)[open] = known == 0 ? 0 : NumElements(in) / known;
  return One(node.Reshape(node.In(0), *std::move(shape)));
}

absl::StatusOr<Values> ConvertFlatten(NodeConverter& node) {
  const Shape& in = node.InShape(0);
  int64_t axis = node.Int("axis", 1);
  if (axis != static_cast<int64_t>(in.size())) {
    DIAPASON_ASSIGN_OR_RETURN(axis, NodeConverter::Axis(axis, in.size()));
  }
  const absl::Span<const int64_t> all(in);
  return One(node.Reshape(node.In(0), {NumElements(all.subspan(0, axis)), NumElements(all.subspan(axis))}));
}

absl::StatusOr<Values> ConvertSqueeze(NodeConverter& node) {
  const Shape& in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(std::optional<std::vector<int64_t>> axes, node.AttributeOrOperand("axes", 1));
  if (axes) {
    DIAPASON_ASSIGN_OR_RETURN(axes, NodeConverter::Axes(*std::move(axes), in.size()));
  }
  Shape shape;
  for (size_t d = 0; d < in.size(); ++d) {
    const bool goes = axes ? std::count(axes->begin(), axes->end(), d) > 0 : in[d] == 1;
    if (!goes) shape.push_back(in[d]);
    if (goes && in[d] != 1)
      return absl::InvalidArgumentError(absl::StrCat("a dimension of ", in[d], " cannot go"));
  }
  return One(node.Reshape(node.In(0), std::move(shape)));
}

absl::StatusOr<Values> ConvertUnsqueeze(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(std::optional<std::vector<int64_t>> axes, node.AttributeOrOperand("axes", 1));
  if (!axes) return absl::InvalidArgumentError("there are no axes");
  const Shape& in = node.InShape(0);
  const size_t rank = in.size() + axes->size();
  DIAPASON_ASSIGN_OR_RETURN(axes, NodeConverter::Axes(*std::move(axes), rank));
  const std::set<int64_t> new_axes(axes->begin(), axes->end());
  if (in.size() + new_axes.size() != rank) return absl::InvalidArgumentError("an axis that is named twice");
  Shape shape;
  for (size_t d = 0, from = 0; d < rank; ++d)
    shape.push_back(new_axes.count(static_cast<int64_t>(d)) > 0 ? 1 : in[from++]);
  return One(node.Reshape(node.In(0), std::move(shape)));
}

absl::StatusOr<Values> ConvertTranspose(NodeConverter& node) {
  std::vector<int64_t> perm;
  for (size_t d = node.InShape(0).size(); d-- > 0;) perm.push_back(static_cast<int64_t>(d));
  if (auto given = node.Ints("perm")) perm = *given;
  return One(node.Add("Transpose", {node.In(0)}, {{"perm", std::move(perm)}}));
}

absl::StatusOr<ValueId> AddSlice(NodeConverter& node, ValueId value, std::vector<int64_t> starts,
                                 std::vector<int64_t> steps, Shape shape) {
  if (shape == node.graph.value(value).shape &&
      std::all_of(steps.begin(), steps.end(), [](int64_t s) { return s == 1; }))
    return value;
  return node.Add("Slice", {value},
                  {{"starts", std::move(starts)}, {"steps", std::move(steps)}, {"shape", std::move(shape)}});
}

absl::StatusOr<Values> ConvertSlice(NodeConverter& node) {
  const Shape& in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(const auto starts, node.AttributeOrOperand("starts", 1));
  DIAPASON_ASSIGN_OR_RETURN(const auto ends, node.AttributeOrOperand("ends", 2));
  DIAPASON_ASSIGN_OR_RETURN(std::optional<std::vector<int64_t>> axes, node.AttributeOrOperand("axes", 3));
  std::optional<std::vector<int64_t>> steps;
  if (node.Has(4)) {
    DIAPASON_ASSIGN_OR_RETURN(steps, node.ConstantInts(4));
  }
  if (!starts || !ends || starts->size() != ends->size())
    return absl::InvalidArgumentError("starts and ends do not fit");
  if (!axes) {
    axes.emplace();
    for (size_t i = 0; i < starts->size(); ++i) axes->push_back(static_cast<int64_t>(i));
  }
  if (axes->size() != starts->size() || (steps && steps->size() != starts->size()))
    return absl::InvalidArgumentError("starts, axes and steps of different lengths");
  DIAPASON_ASSIGN_OR_RETURN(axes, NodeConverter::Axes(*std::move(axes), in.size()));
  std::vector<int64_t> from(in.size(), 0), by(in.size(), 1);
  Shape shape = in;
  for (size_t i = 0; i < axes->size(); ++i) {
    const int64_t axis = (*axes)[i], extent = in[axis];
    constexpr int64_t kMost = int64_t{1} << 40;  // beyond every extent
    const int64_t step = steps ? std::clamp((*steps)[i], -kMost, kMost) : 1;
    if (step == 0) return absl::InvalidArgumentError("a step of 0");
    const auto place = [&](int64_t index, int64_t least, int64_t most) {
      index = std::clamp(index, -kMost, kMost);
      return std::clamp<int64_t>(index < 0 ? index + extent : index, least, most);
    };
    // Going backwards begins at an element, and may end before the first one.
    const int64_t last = std::max<int64_t>(extent - 1, 0);
    const int64_t start = step > 0 ? place((*starts)[i], 0, extent) : place((*starts)[i], 0, last),
                  end = step > 0 ? place((*ends)[i], 0, extent) : place((*ends)[i], -1, last);
    from[axis] = start;
    by[axis] = step;
    if (extent > 0)
      shape[axis] =
          std::max<int64_t>(0, step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step);
  }
  return One(AddSlice(node, node.In(0), std::move(from), std::move(by), std::move(shape)));
}

absl::StatusOr<Values> ConvertSplit(NodeConverter& node) {
  const Shape& in = node.InShape(0);
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis, NodeConverter::Axis(node.Int("axis", 0), in.size()));
  DIAPASON_ASSIGN_OR_RETURN(std::optional<std::vector<int64_t>> sizes, node.AttributeOrOperand("split", 1));
  const int64_t parts = node.proto().output_size();
  if (node.Int("num_outputs", parts) != parts)
    return absl::InvalidArgumentError(absl::StrCat("num_outputs is ", node.Int("num_outputs", parts),
                                                   ", but there are ", parts, " outputs"));
  if (!sizes) {
    sizes.emplace();
    const int64_t each = (in[axis] + parts - 1) / parts;
    for (int64_t i = 0; i < parts; ++i) sizes->push_back(std::clamp<int64_t>(in[axis] - i * each, 0, each));
  }
  if (static_cast<int64_t>(sizes->size()) != parts)
    return absl::InvalidArgumentError("as many sizes as parts are needed");
  Values values;
  std::vector<int64_t> starts(in.size(), 0);
  for (int64_t size : *sizes) {
    Shape shape = in;
    shape[axis] = size;
    DIAPASON_ASSIGN_OR_RETURN(const ValueId part,
                              AddSlice(node, node.In(0), starts, std::vector<int64_t>(in.size(), 1), shape));
    values.push_back(part);
    starts[axis] += size;
  }
  if (starts[axis] != in[axis])
    return absl::InvalidArgumentError(absl::StrCat("parts of ", starts[axis], " together, not ", in[axis]));
  return values;
}

absl::StatusOr<Values> ConvertConcat(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                            NodeConverter::Axis(node.Int("axis", 1), node.InShape(0).size()));
  Values parts;
  for (size_t i = 0; i < node.num_inputs(); ++i) {
    if (!node.Has(i)) return absl::InvalidArgumentError(absl::StrCat("operand ", i, " is missing"));
    parts.push_back(node.In(i));
  }
  if (parts.size() == 1) return parts;
  return One(node.Add("Concat", parts, {{"axis", axis}}));
}

absl::StatusOr<Values> ConvertExpand(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> to, node.ConstantInts(1));
  DIAPASON_ASSIGN_OR_RETURN(Shape shape, BroadcastShapes(node.InShape(0), to));
  if (shape == node.InShape(0)) return Values{node.In(0)};
  return One(node.Add("Expand", {node.In(0)}, {{"shape", std::move(shape)}}));
}

// Each dimension d that repeats becomes (repeats, d), broadcast and joined again.
absl::StatusOr<Values> ConvertTile(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> repeats, node.ConstantInts(1));
  const Shape in = node.InShape(0);
  if (repeats.size() != in.size())
    return absl::InvalidArgumentError("as many repeats as dimensions are needed");
  Shape apart, wide, joined;
  for (size_t d = 0; d < in.size(); ++d) {
    DIAPASON_RETURN_IF_ERROR(CheckShape({repeats[d], in[d]}));
    if (repeats[d] != 1) {
      apart.push_back(1);
      wide.push_back(repeats[d]);
    }
    apart.push_back(in[d]);
    wide.push_back(in[d]);
    joined.push_back(repeats[d] * in[d]);
  }
  if (joined == in) return Values{node.In(0)};
  DIAPASON_ASSIGN_OR_RETURN(ValueId value, node.Reshape(node.In(0), apart));
  DIAPASON_ASSIGN_OR_RETURN(value, node.Add("Expand", {value}, {{"shape", wide}}));
  return One(node.Reshape(value, joined));
}

absl::StatusOr<Values> ConvertRange(NodeConverter& node) {
  for (size_t i = 0; i < 3; ++i) {
    if (!node.Has(i) || !node.InValue(i).is_constant)
      return absl::UnimplementedError("bounds computed when the model runs");
    if (NumElements(node.InShape(i)) != 1)
      return absl::InvalidArgumentError("a bound that is not one number");
  }
  const DataType type = node.InValue(0).type;
  if (type == DataType::kBool || node.InValue(1).type != type || node.InValue(2).type != type)
    return absl::InvalidArgumentError(absl::StrCat("bounds of types ", DataTypeName(type), ", ",
                                                   DataTypeName(node.InValue(1).type), " and ",
                                                   DataTypeName(node.InValue(2).type)));
  const Scalar start = ReadConstant(node.InValue(0))[0], limit = ReadConstant(node.InValue(1))[0],
               delta = ReadConstant(node.InValue(2))[0];
  const bool on_floats = type == DataType::kF32;
  const double step = on_floats ? delta.f : static_cast<double>(delta.i),
               way = on_floats ? limit.f - start.f
                               : static_cast<double>(limit.i) - static_cast<double>(start.i);
  constexpr double kMost = 1 << 24;
  if (step == 0 || !(way / step < kMost))
    return absl::InvalidArgumentError(absl::StrCat("a range of ", way, " in steps of ", step, ": more than ",
                                                   kMost, " numbers, or without end"));
  std::vector<Scalar> numbers;
  // Wraps around behind the last number of a type, which a rounded `way` may reach.
  uint64_t at = static_cast<uint64_t>(start.i);
  for (int64_t i = 0; static_cast<double>(i) < way / step; ++i, at += static_cast<uint64_t>(delta.i))
    numbers.push_back({start.f + static_cast<double>(i) * delta.f, static_cast<int64_t>(at)});
  const int64_t count = static_cast<int64_t>(numbers.size());
  return Values{node.graph.AddOwnedConstant("", type, {count}, ToBytes(type, numbers))};
}

// Indices that are known are made non-negative; where they run evenly, the gather is a view.
absl::StatusOr<ValueId> AddGather(NodeConverter& node, ValueId data, ValueId indices, int64_t axis) {
  const Value& index = node.graph.value(indices);
  const Attributes attributes = {{"axis", axis}};
  const bool known = index.is_constant && (index.type == DataType::kI32 || index.type == DataType::kI64);
  if (!known || NumElements(index.shape) == 0) return node.Add("Gather", {data, indices}, attributes);
  const Shape shape = node.graph.value(data).shape;
  std::vector<Scalar> numbers = ReadConstant(index);
  bool even = true;
  for (Scalar& number : numbers) {
    DIAPASON_ASSIGN_OR_RETURN(number.i, IndexFromStart(number.i, shape, axis));
  }
  const int64_t step = numbers.size() > 1 ? numbers[1].i - numbers[0].i : 1;
  for (size_t i = 1; i < numbers.size(); ++i) even &= numbers[i].i - numbers[i - 1].i == step;
  if (!even || step == 0 || node.graph.value(data).is_constant) {
    indices = node.graph.AddOwnedConstant(index.name, index.type, index.shape, ToBytes(index.type, numbers));
    return node.Add("Gather", {data, indices}, attributes);
  }
  std::vector<int64_t> starts(shape.size(), 0), steps(shape.size(), 1);
  Shape sliced = shape, result(shape.begin(), shape.begin() + axis);
  starts[axis] = numbers[0].i;
  steps[axis] = step;
  sliced[axis] = static_cast<int64_t>(numbers.size());
  result.insert(result.end(), index.shape.begin(), index.shape.end());
  result.insert(result.end(), shape.begin() + axis + 1, shape.end());
  DIAPASON_ASSIGN_OR_RETURN(const ValueId slice, AddSlice(node, data, starts, steps, sliced));
  return node.Reshape(slice, result);
}

absl::StatusOr<Values> ConvertGather(NodeConverter& node) {
  DIAPASON_ASSIGN_OR_RETURN(const int64_t axis,
                            NodeConverter::Axis(node.Int("axis", 0), node.InShape(0).size()));
  return One(AddGather(node, node.In(0), node.In(1), axis));
}

// With known indices: a gather of single numbers along the dimensions that an index names, seen as one.
absl::StatusOr<Values> ConvertGatherND(NodeConverter& node) {
  if (node.Int("batch_dims", 0) != 0) return absl::UnimplementedError("batch_dims other than 0");
  DIAPASON_ASSIGN_OR_RETURN(const std::vector<int64_t> indices, node.ConstantInts(1));
  const Shape in = node.InShape(0), index_shape = node.InShape(1);
  if (index_shape.empty() || index_shape.back() < 1 || index_shape.back() > static_cast<int64_t>(in.size()))
    return absl::InvalidArgumentError(
        absl::StrCat("indices ", ShapeText(index_shape), " into ", ShapeText(in)));
  const size_t named = static_cast<size_t>(index_shape.back());
  std::vector<int64_t> flat;
  for (size_t i = 0; i < indices.size(); i += named) {
    int64_t index = 0;
    for (size_t d = 0; d < named; ++d) {
      DIAPASON_ASSIGN_OR_RETURN(const int64_t at,
                                IndexFromStart(indices[i + d], in, static_cast<int64_t>(d)));
      index = index * in[d] + at;
    }
    flat.push_back(index);
  }
  const absl::Span<const int64_t> all(in);
  Shape joined = {NumElements(all.subspan(0, named))};
  joined.insert(joined.end(), in.begin() + static_cast<int64_t>(named), in.end());
  DIAPASON_ASSIGN_OR_RETURN(const ValueId data, node.Reshape(node.In(0), joined));
  Shape flat_shape(index_shape.begin(), index_shape.end() - 1);
  return One(AddGather(node, data, IntConstant(node, flat, flat_shape)[0], 0));
}

absl::StatusOr<Values> ConvertDepthSpace(NodeConverter& node) {
  const Shape in = node.InShape(0);
  const int64_t block = node.Int("blocksize", 0);
  if (in.size() != 4 || block < 1 || block > 1 << 15)
    return absl::InvalidArgumentError("an image and a block size are needed");
  const bool to_space = node.proto().op_type() == "DepthToSpace";
  Shape apart, result;
  std::vector<int64_t> perm;
  if (to_space) {
    if (in[1] % (block * block) != 0) return absl::InvalidArgumentError("channels do not divide into blocks");
    const int64_t c = in[1] / (block * block);
    const bool crd = node.String("mode", "DCR") == "CRD";
    apart = crd ? Shape{in[0], c, block, block, in[2], in[3]} : Shape{in[0], block, block, c, in[2], in[3]};
    perm = crd ? std::vector<int64_t>{0, 1, 4, 2, 5, 3} : std::vector<int64_t>{0, 3, 4, 1, 5, 2};
    result = {in[0], c, in[2] * block, in[3] * block};
  } else {
    if (in[2] % block != 0 || in[3] % block != 0)
      return absl::InvalidArgumentError("the image does not divide into blocks");
    apart = {in[0], in[1], in[2] / block, block, in[3] / block, block};
    perm = {0, 3, 5, 1, 2, 4};
    result = {in[0], in[1] * block * block, in[2] / block, in[3] / block};
  }
  DIAPASON_ASSIGN_OR_RETURN(ValueId value, node.Reshape(node.In(0), apart));
  DIAPASON_ASSIGN_OR_RETURN(value, node.Add("Transpose", {value}, {{"perm", perm}}));
  return One(node.Reshape(value, result));
}

// Constant padding: a join with constants on each side.
absl::StatusOr<Values> ConvertPad(NodeConverter& node) {
  if (node.String("mode", "constant") != "constant")
    return absl::UnimplementedError(absl::StrCat("mode '", node.String("mode", ""), "'"));
  DIAPASON_ASSIGN_OR_RETURN(const auto pads,
                            node.AttributeOrOperand(node.opset < 2 ? "paddings" : "pads", 1));
  const size_t rank = node.InShape(0).size();
  std::vector<int64_t> axes;
  for (size_t d = 0; d < rank; ++d) axes.push_back(static_cast<int64_t>(d));
  if (node.Has(3)) {
    DIAPASON_ASSIGN_OR_RETURN(axes, node.ConstantInts(3));
    DIAPASON_ASSIGN_OR_RETURN(axes, NodeConverter::Axes(axes, rank));
  }
  if (!pads || pads->size() != 2 * axes.size())
    return absl::InvalidArgumentError("pads do not fit the input");
  const DataType type = node.InValue(0).type;
  ValueId fill = node.graph.AddScalar(type, node.opset < 11 ? node.Float("value", 0) : 0);
  if (node.opset >= 11 && node.Has(2)) {
    DIAPASON_ASSIGN_OR_RETURN(fill, node.ScalarOperand(2));
  }
  ValueId value = node.In(0);
  for (size_t i = 0; i < axes.size(); ++i) {
    const int64_t low = (*pads)[i], high = (*pads)[i + axes.size()], axis = axes[i];
    if (low < 0 || high < 0) return absl::UnimplementedError("negative padding");
    Values parts = {value};
    const auto side = [&](int64_t extent) {
      Shape shape = node.graph.value(value).shape;
      shape[axis] = extent;
      return node.Add("Expand", {fill}, {{"shape", std::move(shape)}});
    };
    if (low > 0) {
      DIAPASON_ASSIGN_OR_RETURN(const ValueId part, side(low));
      parts.insert(parts.begin(), part);
    }
    if (high > 0) {
      DIAPASON_ASSIGN_OR_RETURN(const ValueId part, side(high));
      parts.push_back(part);
    }
    if (parts.size() == 1) continue;
    DIAPASON_ASSIGN_OR_RETURN(value, node.Add("Concat", parts, {{"axis", axis}}));
  }
  return Values{value};
}

}  // namespace

void AddShapeOperators(OperatorTable& table) {
  table["Constant"] = {ConvertConstant, 0};
  table["ConstantOfShape"] = {ConvertConstantOfShape, 1};
  for (const char* op : {"Shape", "Size"}) table[op] = {ConvertShape, 1};
  table["Reshape"] = {ConvertReshape, 1};
  table["Flatten"] = {ConvertFlatten, 1};
  table["Squeeze"] = {ConvertSqueeze, 1};
  table["Unsqueeze"] = {ConvertUnsqueeze, 1};
  table["Transpose"] = {ConvertTranspose, 1};
  table["Slice"] = {ConvertSlice, 1};
  table["Split"] = {ConvertSplit, 1};
  table["Concat"] = {ConvertConcat, 1};
  table["Expand"] = {ConvertExpand, 2};
  table["Tile"] = {ConvertTile, 2};
  table["Range"] = {ConvertRange, 3};
  table["Gather"] = {ConvertGather, 2};
  table["GatherND"] = {ConvertGatherND, 2};
  for (const char* op : {"DepthToSpace", "SpaceToDepth"}) table[op] = {ConvertDepthSpace, 1};
  table["Pad"] = {ConvertPad, 1};
}

}  // namespace diapason::compiler
