"""Makes random nodes of operators that compiler/importer writes with several operators of the graph, such as recurrent
networks, Resize, control flow and quantisation. Operands that these operators would turn into NaN, or whose rounding
they would multiply without limit, have ordinary values."""

import numpy as np
from onnx import TensorProto, helper

from fuzzer import portable_operators, values
from fuzzer.operators import generates
from fuzzer.values import BOOL, FLOAT, INT32, INT64


def _plain(b, shape, known=None, scale=1.0):
    return b.leaf((b.tensor(FLOAT, shape, "plain") * scale).astype(FLOAT), known)


def _numbers(b, rank=None, most=400):
    """Returns a float tensor with at least one dimension and at least one element."""
    found = [v for v in b.values if v.dtype == FLOAT and v.rank > 0 and rank in (None, v.rank)
             and 0 < v.array.size <= most and _is_tame(v)]
    if found and b.chance(0.4):
        return b.choice(found)
    return _plain(b, values.shape(b.random, rank or b.choice((1, 2, 3, 4)), most))


def something_else(b):
    """Adds another node, in an opset in which the evaluator does not have the operator."""
    b.node("Abs", [_numbers(b)])


def _is_tame(value):
    return bool(np.isfinite(value.array).all()) and float(np.max(np.abs(value.array), initial=0)) < 1e3


# ---- Functions


@generates("Tan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh")
def function(b, op):
    shape = values.shape(b.random, b.choice((0, 1, 2, 3)), 200)
    x = b.tensor(FLOAT, shape, "plain")
    if op == "Acosh":
        x = 1 + np.abs(x) * b.choice((1e-3, 1, 1e4))
    elif op == "Atanh":
        x = np.tanh(x) * b.choice((1e-3, 0.999))
    else:
        x = x * b.choice((1e-3, 1, 1, 10))
    b.node(op, [b.leaf(np.asarray(x, dtype=FLOAT))])


@generates("Shrink")
def shrink(b, op):
    b.node(op, [b.pick(FLOAT, lambda v: v.array.size <= 3000)], lambd=b.choice((None, 0.5, 1.0)),
           bias=b.choice((None, 0.0, 0.25)))


# ---- Positions


@generates("ArgMax", "ArgMin")
def arg_extreme(b, op):
    x = _numbers(b)
    last = b.choice((None, 0, 1)) if b.opset >= 12 else None
    b.node(op, [x], axis=b.axis(x.rank, negative=b.opset >= 11), keepdims=b.choice((None, 0, 1)), select_last_index=last)


@generates("CumSum")
def cumulative_sum(b, op):
    x = _numbers(b)
    axis = b.constant(np.asarray(b.axis(x.rank), dtype=b.choice((INT32, INT64))))
    b.node(op, [x, axis], exclusive=b.choice((None, 0, 1)), reverse=b.choice((None, 0, 1)))


@generates("OneHot")
def one_hot(b, op):
    depth = b.choice((1, 2, 5, 7))
    shape = values.shape(b.random, b.choice((1, 2)), 60)
    low = -depth if b.opset >= 11 else 0
    indices = b.leaf(np.asarray(b.generator.integers(low, depth, shape), dtype=INT64))
    on_off = b.leaf(np.asarray([b.choice((0, -1)), b.choice((1, 3))], dtype=b.choice((FLOAT, INT64))))
    b.node(op, [indices, b.constant(np.asarray(depth, dtype=INT64)), on_off],
           axis=b.choice((None, -1, 0, len(shape))))


@generates("Trilu")
def triangle(b, op):
    x = b.leaf(b.tensor(b.choice((FLOAT, INT64)), values.shape(b.random, b.choice((2, 3)), 300), "plain"))
    k = b.constant(np.asarray(b.random.randint(-3, 3), dtype=INT64)) if b.chance(0.7) else None
    b.node(op, [x, k], upper=b.choice((None, 0, 1)))


@generates("EyeLike")
def eye_like(b, op):
    x = b.leaf(b.tensor(FLOAT, values.shape(b.random, 2, 100), "plain"))
    b.node(op, [x], k=b.choice((None, 0, 1, -2)), dtype=b.choice((None, TensorProto.INT64, TensorProto.FLOAT)))


def _element_indices(b, x, known):
    axis = b.random.randrange(x.rank)
    shape = list(x.shape)  # the evaluator cannot take a part of the other axes
    shape[axis] = b.choice((1, 2, 3))
    low = -x.shape[axis] if b.opset >= 11 else 0
    indices = np.asarray(b.generator.integers(low, x.shape[axis], shape), dtype=b.choice((INT32, INT64)))
    return axis, b.leaf(indices, known)


@generates("GatherElements")
def gather_elements(b, op):
    x = _numbers(b)
    axis, indices = _element_indices(b, x, None)
    b.node(op, [x, indices], axis=axis)


@generates("ScatterElements", "Scatter")
def scatter_elements(b, op):
    if op == "ScatterElements" and b.chance(0.6):
        portable_operators.scatter(b, op)
        return
    x = _numbers(b)
    axis = b.random.randrange(x.rank)
    shape = [b.random.randint(1, n) for n in x.shape]
    # Every element is updated at most once: otherwise the order of the updates decides.
    rows = np.moveaxis(np.empty(shape, dtype=INT64), axis, -1)
    for place in np.ndindex(rows.shape[:-1]):
        rows[place] = b.generator.permutation(x.shape[axis])[:shape[axis]]
    indices = np.moveaxis(rows, -1, axis)
    b.node(op, [x, b.constant(np.ascontiguousarray(indices)), _plain(b, shape)], axis=axis)


@generates("ScatterND")
def scatter_nd(b, op):
    if b.chance(0.6):
        portable_operators.scatter(b, op)
        return
    x = _numbers(b)
    named = b.random.randint(1, x.rank)
    count = int(np.prod(x.shape[:named]))
    places = b.generator.permutation(count)[:b.random.randint(1, min(count, 6))]
    indices = np.stack(np.unravel_index(places, x.shape[:named]), axis=-1).astype(INT64)
    b.node(op, [x, b.constant(indices), _plain(b, (len(places), *x.shape[named:]))])


# ---- Images


@generates("Resize")
def resize(b, op):
    shape = (1, b.choice((1, 2)), *(b.random.randint(1, 7) for _ in range(2)))
    x = _plain(b, shape)
    mode = b.choice(("nearest", "nearest", "linear", "cubic")) if b.opset >= 11 else b.choice(("nearest", "linear"))
    if b.opset < 11:
        scales = np.asarray([1, 1, *(b.choice((1, 2, 3)) for _ in range(2))], dtype=FLOAT)
        b.node(op, [x, b.constant(scales)], mode=mode)
        return
    attributes = {
        "mode": mode,
        "coordinate_transformation_mode": b.choice((None, "half_pixel", "asymmetric", "align_corners",
                                                    "pytorch_half_pixel")),
        "nearest_mode": b.choice((None, "round_prefer_ceil", "floor", "ceil")) if mode == "nearest" else None,
        "exclude_outside": b.choice((None, 0, 1)) if mode == "cubic" else None,
    }
    roi = b.constant(np.zeros(0, dtype=FLOAT)) if b.opset < 13 else None
    if b.chance(0.5):
        sizes = b.constant(np.asarray([*shape[:2], *(b.random.randint(1, 12) for _ in range(2))], dtype=INT64))
        empty = b.constant(np.zeros(0, dtype=FLOAT)) if b.opset < 13 else None
        b.node(op, [x, roi, empty, sizes], **attributes)
    else:
        scales = np.asarray([1, 1, *(b.choice((1, 2, 3, 0.5)) for _ in range(2))], dtype=FLOAT)
        scales[2:] = [s if n * s >= 1 and n * s % 1 == 0 else 2 for s, n in zip(scales[2:], shape[2:])]
        b.node(op, [x, roi, b.constant(scales)], **attributes)


@generates("Upsample")
def upsample(b, op):
    x = _plain(b, (1, 2, b.random.randint(1, 5), b.random.randint(1, 5)))
    scales = [1.0, 1.0, b.choice((1.0, 2.0)), b.choice((1.0, 2.0, 3.0))]
    mode = b.choice((None, "nearest", "linear"))
    if b.opset < 9:
        b.node(op, [x], mode=mode, scales=scales)
    else:
        b.node(op, [x, b.constant(np.asarray(scales, dtype=FLOAT))], mode=mode)


# ---- Products and norms


@generates("Einsum")
def einsum(b, op):
    equation, shapes = b.choice((
        ("ij,jk->ik", ((3, 4), (4, 5))), ("bij,bjk->bik", ((2, 3, 4), (2, 4, 5))), ("ij->ji", ((3, 5),)),
        ("ij->i", ((3, 5),)), ("i,j->ij", ((3,), (4,))), ("bhid,bhjd->bhij", ((1, 2, 3, 4), (1, 2, 5, 4))),
        ("...ij,...jk->...ik", ((2, 3, 4), (2, 4, 5))), ("ij,jk", ((3, 4), (4, 2))), ("ij,ij->", ((3, 4), (3, 4))),
        ("ij,jk,kl->il", ((2, 3), (3, 4), (4, 2))), ("bij,j->bi", ((2, 3, 4), (4,))), ("ijk,k->ij", ((2, 3, 4), (4,)))))
    b.node(op, [_plain(b, shape) for shape in shapes], equation=equation)


@generates("GroupNormalization")
def group_norm(b, op):
    groups, each = b.choice((1, 2, 3)), b.choice((1, 2, 4))
    x = _plain(b, (b.choice((1, 2)), groups * each, *(b.random.randint(2, 5) for _ in range(b.choice((1, 2))))))
    count = groups if b.opset < 21 else groups * each
    b.node(op, [x, _plain(b, (count,)), _plain(b, (count,))], num_groups=groups, epsilon=b.choice((None, 1e-3)))


@generates("RMSNormalization")
def rms_norm(b, op):
    x = _numbers(b)
    axis = b.axis(x.rank)
    scale = _plain(b, x.shape[axis:] if axis >= 0 else x.shape[axis + x.rank:])
    b.node(op, [x, scale], axis=axis, epsilon=b.choice((None, 1e-3)))


@generates("LpNormalization")
def lp_norm(b, op):
    x = _numbers(b)
    b.node(op, [x], axis=b.choice((None, b.axis(x.rank))), p=b.choice((None, 1, 2)))


@generates("MeanVarianceNormalization")
def mean_variance_norm(b, op):
    b.inference_errs = True  # onnx cannot infer shapes in the function that defines the operator
    b.node(op, [_plain(b, (2, 3, 4, b.random.randint(2, 6)))], axes=b.choice((None, [0, 2, 3], [2, 3], [1])))


@generates("LRN")
def local_response_norm(b, op):
    b.node(op, [_plain(b, (b.choice((1, 2)), b.random.randint(1, 7), 3, 4))], size=b.choice((1, 2, 3, 5)),
           alpha=b.choice((None, 0.1)), beta=b.choice((None, 0.5)), bias=b.choice((None, 2.0)))


# ---- Recurrent networks


@generates("RNN", "GRU", "LSTM")
def recurrent(b, op):
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}[op]
    steps, batch, inputs, hidden = (b.random.randint(1, n) for n in (5, 3, 6, 6))
    direction = b.choice((None, "forward", "reverse", "bidirectional"))
    directions = 2 if direction == "bidirectional" else 1
    weights = [_plain(b, (directions, gates * hidden, n), b.chance(0.8), 0.5) for n in (inputs, hidden)]
    bias = _plain(b, (directions, 2 * gates * hidden), b.chance(0.8)) if b.chance(0.7) else None
    state = (directions, batch, hidden)
    start = [_plain(b, state) if b.chance(0.5) else None for _ in range(2 if op == "LSTM" else 1)]
    peepholes = [_plain(b, (directions, 3 * hidden))] if op == "LSTM" and b.chance(0.3) else []
    attributes = {"hidden_size": hidden, "direction": direction}
    if op == "GRU":
        attributes["linear_before_reset"] = b.choice((None, 0, 1))
    outputs = b.choice((1, 2, 3) if op == "LSTM" else (1, 2))
    b.node(op, [_plain(b, (steps, batch, inputs)), *weights, bias, None, *start, *peepholes], outputs, **attributes)


# ---- Control flow


def _body(b, nodes, inputs, outputs):
    return helper.make_graph(nodes, f"body{len(b.nodes)}", inputs, outputs)


def _info(name, dtype, shape):
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)


@generates("If")
def branch(b, op):
    shape = values.shape(b.random, b.choice((0, 1, 2)), 20)

    def body(name):
        tensor = b.tensor_proto(b.tensor(FLOAT, shape, "plain"), "")
        nodes = [helper.make_node("Constant", [], ["k" + name], value=tensor),
                 helper.make_node("Abs", ["k" + name], [name])]
        return _body(b, nodes, [], [_info(name, FLOAT, shape)])

    b.node(op, [b.leaf(np.asarray(b.chance(0.5)))], then_branch=body("yes"), else_branch=body("no"))


@generates("Loop")
def loop(b, op):
    """Without results that are stacked: the evaluator stacks them along the first axis instead of a new one."""
    start = _plain(b, values.shape(b.random, b.choice((1, 2)), 20))
    nodes = [helper.make_node("Identity", ["going"], ["on"]), helper.make_node("Mul", ["v", "v"], ["w"]),
             helper.make_node("Tanh", ["w"], ["next"])]
    body = _body(b, nodes, [_info("i", INT64, ()), _info("going", BOOL, ()), _info("v", FLOAT, start.shape)],
                 [_info("on", BOOL, ()), _info("next", FLOAT, start.shape)])
    condition = b.constant(np.asarray(True))  # without it, the evaluator makes no iteration
    b.node(op, [b.constant(np.asarray(b.random.randint(1, 4), dtype=INT64)), condition, start], body=body)


@generates("Scan")
def scan(b, op):
    if b.opset < 9:  # the form of opset 8 has a batch, and is refused
        something_else(b)
        return
    rows, columns = b.random.randint(1, 5), b.random.randint(1, 6)
    nodes = [helper.make_node("Add", ["sum", "row"], ["next"]), helper.make_node("Identity", ["next"], ["out"])]
    body = _body(b, nodes, [_info("sum", FLOAT, (columns,)), _info("row", FLOAT, (columns,))],
                 [_info("next", FLOAT, (columns,)), _info("out", FLOAT, (columns,))])
    b.node(op, [_plain(b, (columns,)), _plain(b, (rows, columns))], 2, body=body, num_scan_inputs=1)


# ---- Quantisation. Quantised values are always made into floats or int32 again.


def _scale(b, shape=()):
    return b.constant(np.asarray(b.generator.uniform(0.01, 0.2, shape), dtype=FLOAT))


def _quantised(b, dtype, shape=()):
    low, high = (0, 255) if dtype == np.uint8 else (-128, 127)
    return b.constant(np.asarray(b.generator.integers(low, high + 1, shape), dtype=dtype))


@generates("QuantizeLinear", "DequantizeLinear")
def quantize(b, op):
    del op
    if b.opset < 19:
        something_else(b)
        return
    x = _numbers(b)
    dtype = np.dtype(b.choice((np.uint8, np.int8)))
    axis = b.axis(x.rank) if b.opset >= 13 and b.chance(0.5) else None
    shape = () if axis is None else (x.shape[axis],)
    scale, zero = _scale(b, shape), _quantised(b, dtype, shape)
    if axis is None and dtype == np.uint8 and b.chance(0.3):
        zero = None
    quantised = b.node("QuantizeLinear", [x, scale, zero], axis=axis)
    b.node("DequantizeLinear", [quantised, scale, zero], axis=axis)


@generates("DynamicQuantizeLinear", "MatMulInteger")
def dynamic_quantize(b, op):
    del op
    if b.opset < 11:
        something_else(b)
        return
    m, k, n = (b.random.randint(1, 8) for _ in range(3))
    y, scale, zero = b.node("DynamicQuantizeLinear", [_plain(b, (m, k))], 3)
    weights = _quantised(b, np.dtype(b.choice((np.uint8, np.int8))), (k, n))
    product = b.node("MatMulInteger", [y, weights, zero, _quantised(b, weights.dtype) if b.chance(0.5) else None])
    b.node("Mul", [b.node("Cast", [product], to=TensorProto.FLOAT), scale])


@generates("ConvInteger")
def conv_integer(b, op):
    x, w = _quantised(b, np.dtype(np.uint8), (1, 2, 5, 6)), _quantised(b, np.dtype(np.uint8), (3, 2, 3, 3))
    b.node(op, [x, w, _quantised(b, np.dtype(np.uint8)) if b.chance(0.7) else None], pads=b.choice((None, [1, 1, 1, 1])))


@generates("QLinearMatMul", "QLinearConv")
def quantised_product(b, op):
    dtype = np.dtype(np.uint8)
    operands = ((1, 2, 5, 6), (3, 2, 3, 3)) if op == "QLinearConv" else ((4, 7), (7, 3))
    inputs = []
    for shape in operands:
        inputs += [_quantised(b, dtype, shape), _scale(b), _quantised(b, dtype)]
    scale, zero = b.constant(np.asarray(b.choice((0.5, 2.0)), dtype=FLOAT)), _quantised(b, dtype)
    result = b.node(op, [*inputs, scale, zero])
    if b.opset >= 19:
        b.node("DequantizeLinear", [result, scale, zero])
    else:
        b.node("Cast", [result], to=TensorProto.FLOAT)
