"""Makes models that the product must refuse. Each is a small valid model except for one error.

The name of each function below describes the error. The names decide which model a seed makes.
"""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from fuzzer.values import BOOL, FLOAT, INT32, INT64


def invalid_model(b):
    """Returns (model, inputs, the name of the error)."""
    while True:
        name, make = b.choice(sorted(_KINDS.items()))
        made = make(b)
        if made is not None:
            nodes, inputs, constants, changes = made
            return (*_model(b, nodes, inputs, constants, changes), name)


def _model(b, nodes, inputs, constants, changes):
    def info(name, array):
        return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)

    outputs = [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)] if nodes else []
    graph = helper.make_graph(nodes, "invalid", [info(n, a) for n, a in inputs.items()], outputs,
                              [numpy_helper.from_array(a, n) for n, a in constants.items()])
    opset = helper.make_opsetid("", changes.get("opset", b.opset))
    model = helper.make_model(graph, opset_imports=[opset], ir_version=8)
    if "edit" in changes:
        changes["edit"](model)
    return model, inputs


_KINDS = {}


def _kind(function):
    _KINDS[function.__name__.strip("_").replace("_", " ")] = function
    return function


def _node(op, inputs, **attributes):
    return helper.make_node(op, inputs, ["y"], **attributes)


def _floats(b, shape):
    return b.tensor(FLOAT, shape, "plain")


def _either(b, array, name="c"):
    """Makes the array an input or a constant. Returns ({inputs}, {constants})."""
    return ({name: array}, {}) if b.chance(0.5) else ({}, {name: array})


@_kind
def shapes_that_do_not_broadcast(b):
    n = b.random.randint(2, 9)
    more, constants = _either(b, _floats(b, (2, n + 1)))
    op = b.choice(("Add", "Mul", "Div", "Pow", "Sub"))
    return [_node(op, ["x", "c"])], {"x": _floats(b, (b.choice((1, 2)), n)), **more}, constants, {}


@_kind
def operands_of_two_types(b):
    dtype = b.choice((INT32, INT64, BOOL))
    more, constants = _either(b, b.tensor(dtype, (3,)))
    return [_node(b.choice(("Add", "Sub", "Mul", "Div")), ["x", "c"])], {"x": _floats(b, (3,)), **more}, constants, {}


@_kind
def logic_on_floats(b):
    return [_node(b.choice(("And", "Or", "Xor")), ["x", "x"])], {"x": _floats(b, (3,))}, {}, {}


@_kind
def floats_as_condition(b):
    return [_node("Where", ["x", "x", "x"])], {"x": _floats(b, (3,))}, {}, {"opset": 17}


@_kind
def constant_index_out_of_range(b):
    n = b.random.randint(1, 9)
    shape = b.choice(((n,), (n, 3)))
    bad = b.choice((n, n + 1, -n - 1, 1 << 31, -(1 << 40), (1 << 63) - 1, -(1 << 63)))
    indices = np.array([0] * b.choice((0, 1, 3)) + [bad], dtype=INT64)
    data, constants = _either(b, _floats(b, shape))
    constants = {**constants, "i": indices}
    return [helper.make_node("Gather", ["c", "i"], ["g"]), _node("Neg", ["g"])], data, constants, {"opset": 17}


@_kind
def index_of_gathernd_out_of_range(b):
    data, constants = _either(b, _floats(b, (3, 4)))
    index = b.choice(([3, 0], [0, 4], [-4, 0], [0, -5]))
    return ([helper.make_node("GatherND", ["c", "i"], ["g"]), _node("Neg", ["g"])], data,
            {**constants, "i": np.array([index], dtype=INT64)}, {"opset": 17})


@_kind
def axis_out_of_range(b):
    rank = b.random.randint(1, 4)
    x = {"x": _floats(b, (2,) * rank)}
    axis = b.choice((rank, rank + 1, -rank - 1, 1 << 40))
    op = b.choice(("Softmax", "LogSoftmax", "Concat", "Gather", "Split", "Squeeze", "ReduceSum", "ReduceMax", "Flatten",
                   "LayerNormalization", "Unsqueeze", "Slice"))
    if op == "Concat":
        return [_node(op, ["x", "x"], axis=axis)], x, {}, {"opset": 17}
    if op == "Gather":
        return [_node(op, ["x", "i"], axis=axis)], x, {"i": np.array([0])}, {"opset": 17}
    if op in ("Split", "Flatten") and axis == rank and op == "Flatten":
        return None
    if op == "Split":
        return [helper.make_node(op, ["x"], ["y", "z"], axis=axis)], x, {}, {"opset": 17}
    if op in ("Squeeze", "ReduceSum"):
        return [_node(op, ["x", "a"])], x, {"a": np.array([axis])}, {"opset": 17}
    if op == "Unsqueeze":
        return [_node(op, ["x", "a"])], x, {"a": np.array([axis + 1 if axis > 0 else axis - 1])}, {"opset": 17}
    if op == "ReduceMax":
        return [_node(op, ["x"], axes=[axis])], x, {}, {"opset": 17}
    if op == "LayerNormalization":
        return [_node(op, ["x", "s"], axis=axis)], x, {"s": _floats(b, (2,))}, {"opset": 17}
    if op == "Slice":
        return ([_node(op, ["x", "s", "e", "a"])], x,
                {"s": np.array([0]), "e": np.array([1]), "a": np.array([axis])}, {"opset": 17})
    return [_node(op, ["x"], axis=axis)], x, {}, {"opset": 17}


@_kind
def reshape_to_other_elements(b):
    target = b.choice(([7], [5, -1], [-1, -1], [-2, 6], [2, 3, 2], [0, 0, 0], [1 << 40, 1 << 40]))
    return ([_node("Reshape", ["x", "t"])], {"x": _floats(b, (2, 3))}, {"t": np.array(target, dtype=INT64)},
            {"opset": 17})


@_kind
def squeeze_of_a_wide_dimension(b):
    return [_node("Squeeze", ["x"], axes=[0])], {"x": _floats(b, (2, 1))}, {}, {"opset": 11}


@_kind
def perm_that_is_none(b):
    perm = b.choice(([0, 0, 1], [0, 1], [0, 1, 3], [0, 1, 2, 3], [-1, 0, 1]))
    return [_node("Transpose", ["x"], perm=perm)], {"x": _floats(b, (2, 3, 4))}, {}, {}


@_kind
def product_of_other_inner_sizes(b):
    k = b.random.randint(1, 9)
    more, constants = _either(b, _floats(b, (k + 1, 3)))
    op = b.choice(("MatMul", "Gemm"))
    if op == "Gemm" and b.opset < 11:
        return None
    return [_node(op, ["x", "c"])], {"x": _floats(b, (2, k)), **more}, constants, {}


@_kind
def gemm_with_a_c_that_does_not_fit(b):
    c = b.choice(((3, 2), (4,), (2, 1, 3), (3, 3)))
    return ([_node("Gemm", ["x", "w", "c"])], {"x": _floats(b, (2, 5))},
            {"w": _floats(b, (5, 3)), "c": _floats(b, c)}, {"opset": 13})


@_kind
def convolution_that_does_not_fit(b):
    weights, attributes = b.choice((
        ((4, 2, 3, 3), {}), ((4, 3, 9, 9), {}), ((4, 3, 3), {}), ((4, 3, 3, 3), {"group": 2}), ((4, 3, 3, 3), {"group": 0}),
        ((4, 3, 3, 3), {"strides": [0, 1]}), ((4, 3, 3, 3), {"pads": [1, 1]}), ((4, 3, 3, 3), {"dilations": [1, 0]}),
        ((4, 3, 3, 3), {"pads": [-9, 0, 0, 0]}), ((4, 3, 3, 3), {"strides": [1, 1, 1]}), ((0, 3, 3, 3), {}),
        ((4, 3, 3, 3), {"auto_pad": "SAME"}), ((4, 3, 3, 3), {"kernel_shape": [5, 5]}),
        ((4, 3, 3, 3), {"strides": [1 << 62, 1]}), ((4, 3, 3, 3), {"pads": [1 << 62, 0, 1 << 62, 0]})))
    more, constants = _either(b, _floats(b, weights), "w")
    return [_node("Conv", ["x", "w"], **attributes)], {"x": _floats(b, (1, 3, 6, 6)), **more}, constants, {}


@_kind
def pool_that_does_not_fit(b):
    attributes = b.choice(({}, {"kernel_shape": [9, 9]}, {"kernel_shape": [0, 1]}, {"kernel_shape": [2]},
                           {"kernel_shape": [2, 2], "pads": [0, 0]}, {"kernel_shape": [2, 2], "strides": [0, 0]},
                           {"kernel_shape": [-2, 2]}))
    return [_node(b.choice(("MaxPool", "AveragePool")), ["x"], **attributes)], {"x": _floats(b, (1, 2, 5, 5))}, {}, {}


@_kind
def parts_that_do_not_join(b):
    shape = b.choice(((2, 4), (2, 3, 1), (3, 4)))
    return [_node("Concat", ["x", "z"], axis=0)], {"x": _floats(b, (2, 3)), "z": _floats(b, shape)}, {}, {}


@_kind
def parts_of_two_types(b):
    return [_node("Concat", ["x", "z"], axis=0)], {"x": _floats(b, (2,)), "z": b.tensor(INT64, (2,))}, {}, {}


@_kind
def split_into_other_sizes(b):
    sizes = b.choice(([1, 1], [4, 4], [7, -1], [6]))
    return ([helper.make_node("Split", ["x", "s"], ["z", "y"])], {"x": _floats(b, (6, 2))},
            {"s": np.array(sizes, dtype=INT64)}, {"opset": 13})


@_kind
def slice_that_is_none(b):
    starts, ends, steps = b.choice((([0], [2], [0]), ([0, 0], [1], [1, 1]), ([0], [1], [1, 1])))
    return ([_node("Slice", ["x", "s", "e", "a", "t"])], {"x": _floats(b, (4, 4))},
            {"s": np.array(starts), "e": np.array(ends), "a": np.array([0]), "t": np.array(steps)}, {"opset": 13})


@_kind
def expand_to_another_shape(b):
    target = b.choice(([2, 4], [3, 3], [-1, 3]))
    return [_node("Expand", ["x", "s"])], {"x": _floats(b, (2, 3))}, {"s": np.array(target)}, {"opset": 13}


@_kind
def tile_with_other_repeats(b):
    repeats = b.choice(([2], [2, -1], [1, 1, 1]))
    return [_node("Tile", ["x", "r"])], {"x": _floats(b, (2, 3))}, {"r": np.array(repeats)}, {"opset": 13}


@_kind
def range_without_end(b):
    return ([_node("Range", ["s", "l", "d"])], {},
            {"s": np.array(0), "l": np.array(b.choice((5, -5))), "d": np.array(0)}, {"opset": 13})


@_kind
def batch_norm_of_other_channels(b):
    c = _floats(b, (4,))
    return ([_node("BatchNormalization", ["x", "c", "c", "c", "c"])], {"x": _floats(b, (1, 3, 2, 2))}, {"c": c}, {})


@_kind
def image_that_does_not_divide(b):
    op = b.choice(("DepthToSpace", "SpaceToDepth"))
    return [_node(op, ["x"], blocksize=b.choice((0, 2, -2)))], {"x": _floats(b, (1, 3, 3, 3))}, {}, {}


@_kind
def pads_that_do_not_fit(b):
    pads = b.choice(([1], [1, 1], [1] * 6, [1 << 62, 0, 0, 0]))
    return [_node("Pad", ["x", "p"])], {"x": _floats(b, (2, 3))}, {"p": np.array(pads)}, {"opset": 13}


@_kind
def operand_that_nothing_makes(b):
    return [_node("Add", ["x", "nowhere"])], {"x": _floats(b, (2,))}, {}, {}


@_kind
def operand_that_is_missing(b):
    op = b.choice(("Add", "MatMul", "Conv", "Gather", "Concat", "Reshape", "Relu"))
    operands = [""] if op in ("Relu", "Concat") else b.choice((["x"], ["x", ""]))
    attributes = {"axis": 0} if op == "Concat" else {}
    return [_node(op, operands, **attributes)], {"x": _floats(b, (2, 3))}, {}, {}


@_kind
def nodes_that_need_each_other(b):
    return ([helper.make_node("Add", ["x", "y"], ["z"]), _node("Neg", ["z"])], {"x": _floats(b, (2,))}, {}, {})


@_kind
def one_name_made_twice(b):
    first = helper.make_node("Neg", ["x"], ["y"])
    return [first, _node("Abs", ["x"])], {"x": _floats(b, (2,))}, {}, {}


@_kind
def operator_that_is_unknown(b):
    return [_node(b.choice(("Frobnicate", "LSTM", "NonZero", "If")), ["x"])], {"x": _floats(b, (2,))}, {}, {}


@_kind
def element_type_that_is_unknown(b):
    def edit(model):
        model.graph.input[0].type.tensor_type.elem_type = b.choice((8, 14, 15, 0, 99))
    return [_node("Neg", ["x"])], {"x": _floats(b, (2,))}, {}, {"edit": edit}


@_kind
def tensor_of_other_bytes(b):
    def edit(model):
        model.graph.initializer[0].raw_data = model.graph.initializer[0].raw_data[:-b.choice((1, 4))]
    return [_node("Add", ["x", "c"])], {"x": _floats(b, (2,))}, {"c": _floats(b, (2,))}, {"edit": edit}


@_kind
def output_that_nothing_makes(b):
    def edit(model):
        model.graph.output[0].name = "nowhere"
    return [_node("Neg", ["x"])], {"x": _floats(b, (2,))}, {}, {"edit": edit}


@_kind
def opset_of_the_future(b):
    return [_node("Neg", ["x"])], {"x": _floats(b, (2,))}, {}, {"opset": 99}


@_kind
def negative_dimension(b):
    def edit(model):
        model.graph.input[0].type.tensor_type.shape.dim[0].dim_value = b.choice((-2, -(1 << 40), 1 << 62))
    return [_node("Neg", ["x"])], {"x": _floats(b, (2,))}, {}, {"edit": edit}


@_kind
def slope_wider_than_its_operand(b):
    more, constants = _either(b, _floats(b, b.choice(((4, 2, 3), (2, 3), (3, 1, 1)))))
    return [_node("PRelu", ["x", "c"])], {"x": _floats(b, (1, 3)), **more}, constants, {}


@_kind
def scale_wider_than_its_operand(b):
    wide, ones = _floats(b, b.choice(((4, 2, 3), (1, 2, 3), (4,)))), _floats(b, (3,))
    scale, bias = (wide, ones) if b.chance(0.5) else (ones, wide)
    return [_node("LayerNormalization", ["x", "s", "t"])], {"x": _floats(b, (2, 3))}, {"s": scale, "t": bias}, {"opset": 17}


@_kind
def bound_that_is_no_number(b):
    bounds = b.choice((["c", ""], ["", "c"]))
    return [_node("Clip", ["x", *bounds])], {"x": _floats(b, (2, 3))}, {"c": _floats(b, b.choice(((3,), (2, 3), (4, 1, 1))))}, \
        {"opset": 13}


@_kind
def bound_of_another_type(b):
    return [_node("Clip", ["x", "c"])], {"x": _floats(b, (2, 3))}, {"c": np.array(1)}, {"opset": 13}


@_kind
def floats_as_indices(b):
    more, constants = _either(b, _floats(b, (2,)))
    return [_node(b.choice(("Gather", "GatherND")), ["x", "c"])], {"x": _floats(b, (2, 3)), **more}, constants, {"opset": 13}


@_kind
def floats_as_sizes(b):
    op = b.choice(("Reshape", "Expand", "Tile", "Unsqueeze", "Pad", "ConstantOfShape"))
    numbers = np.array([1, 1, 1, 1] if op == "Pad" else [2, 3], dtype=FLOAT)
    operands = ["s"] if op == "ConstantOfShape" else ["x", "s"]
    return [helper.make_node(op, operands, ["z"]), _node("Neg", ["z"])], {"x": _floats(b, (2, 3))}, {"s": numbers}, {"opset": 13}


@_kind
def sizes_that_only_a_run_knows(b):
    op = b.choice(("Reshape", "Expand", "Tile", "Unsqueeze", "Pad"))
    sizes = {"Unsqueeze": [0], "Pad": [0, 0, 1, 1]}.get(op, [2, 3])
    return [_node(op, ["x", "s"])], {"x": _floats(b, (2, 3)), "s": np.array(sizes)}, {}, {"opset": 13}


@_kind
def negative_size(b):
    op = b.choice(("ConstantOfShape", "Expand"))
    operands = ["s"] if op == "ConstantOfShape" else ["x", "s"]
    return [helper.make_node(op, operands, ["z"]), _node("Neg", ["z"])], {"x": _floats(b, (1, 3))}, \
        {"s": np.array([-2, 3])}, {"opset": 13}


@_kind
def cast_to_no_type(b):
    return [_node("Cast", ["x"], to=b.choice((0, 8, 14, 15, 99, -1)))], {"x": _floats(b, (2, 3))}, {}, {"opset": 13}


@_kind
def attribute_of_another_kind(b):
    op, attributes = b.choice((("Concat", {"axis": [0]}), ("Softmax", {"axis": "x"}), ("Transpose", {"perm": 1}),
                               ("Transpose", {"perm": [0.0, 1.0]}), ("LeakyRelu", {"alpha": "a"})))
    return [_node(op, ["x", "x"] if op == "Concat" else ["x"], **attributes)], {"x": _floats(b, (2, 3))}, {}, {"opset": 13}
