"""Makes subgraphs as exporters write them: those that fusion, rewrites and layouts look for, and variants of them."""

import math

import numpy as np

from fuzzer import operators, values
from fuzzer.values import BOOL, FLOAT, INT64

PATTERNS = []


def pattern(function):
    PATTERNS.append(function)
    return function


def _weights(b, shape):
    return b.leaf(b.tensor(FLOAT, shape) * np.float32(0.5), b.chance(0.85))


def _hidden(b, rank=None):
    """Returns a float value as the input of a pattern."""
    return b.pick(FLOAT, lambda v: v.rank > 0 and 0 not in v.shape and (rank is None or v.rank == rank)
                  and v.array.size <= 1500,
                  lambda: values.shape(b.random, rank or b.choice((1, 2, 3, 4)), 800))


def _activation(b, x):
    names = [op for op in ("Relu", "Sigmoid", "Tanh", "HardSwish", "LeakyRelu", "Elu", "Gelu", "Mish", "Softplus", "Clip")
             if op in available(b)]
    op = b.choice(names)
    if op == "Clip":
        if b.opset < 11:
            return b.node("Clip", [x], min=0.0, max=6.0)
        return b.node("Clip", [x, b.number(0), b.number(6)])
    return b.node(op, [x])


def available(b):
    from fuzzer.graph_builder import since
    return {op for op in operators.GENERATORS if since(op, b.opset)}


@pattern
def attention(b):
    """Attention in any layout: scores of queries and keys, with scale, bias and mask, a softmax, and the product with
    the values."""
    batch, heads, rows, columns, depth = (b.choice((1, 1, 2)), b.choice((1, 2, 3, 4)), b.choice((1, 3, 5, 8)),
                                          b.choice((1, 4, 7, 8)), b.choice((2, 4, 8)))

    def projected(length, name):
        layout = b.choice(("heads first", "split", "time first", "packed"))
        if layout == "heads first":
            return b.leaf(b.tensor(FLOAT, (batch, heads, length, depth)), False)
        if layout == "split":  # batch, time, heads * depth -> batch, heads, time, depth
            x = b.leaf(b.tensor(FLOAT, (batch, length, heads * depth)), False)
            if b.chance(0.5):
                x = b.node("MatMul", [x, _weights(b, (heads * depth, heads * depth))])
                if b.chance(0.5):
                    x = b.node("Add", [x, _weights(b, (heads * depth,))])
            return b.transpose(b.reshape(x, [batch, length, heads, depth]), [0, 2, 1, 3])
        if layout == "time first":  # PyTorch's MultiheadAttention: time, batch, heads * depth
            x = b.leaf(b.tensor(FLOAT, (length, batch, heads * depth)), False)
            x = b.node("MatMul", [x, _weights(b, (heads * depth, heads * depth))])
            x = b.transpose(b.reshape(x, [length, batch * heads, depth]), [1, 0, 2])
            return b.reshape(x, [batch, heads, length, depth])
        x = b.leaf(b.tensor(FLOAT, (batch, length, 3, heads, depth)), False)
        x = b.transpose(x, [2, 0, 3, 1, 4])
        part = b.node("Gather", [x, b.constant(np.asarray(b.choice((0, 1, 2)), dtype=INT64))], axis=0)
        return part

    q, k, v = projected(rows, "q"), projected(columns, "k"), projected(columns, "v")
    if b.chance(0.3):
        q = b.node("Mul", [q, b.number(1 / math.sqrt(depth))])
    scores = b.node("MatMul", [q, b.transpose(k, [0, 1, 3, 2])])
    if b.chance(0.6):
        scores = b.node(b.choice(("Div", "Mul")), [scores, b.number(math.sqrt(depth))])
    if b.chance(0.5):
        form = b.choice(("full", "heads", "heads last", "columns"))
        if form == "heads last":
            bias = b.leaf(b.tensor(FLOAT, (rows, columns, heads)))
            bias = b.transpose(bias, [2, 0, 1])
        else:
            bias = b.leaf(b.tensor(FLOAT, {"full": (batch, heads, rows, columns), "heads": (heads, rows, columns),
                                           "columns": (batch, 1, 1, columns)}[form]))
        scores = b.node("Add", [scores, bias])
    if b.opset >= 9 and b.chance(0.3):
        mask = b.leaf(b.tensor(BOOL, b.choice(((rows, columns), (batch, 1, 1, columns)))))
        scores = b.node("Where", [mask, scores, b.number(b.choice((-1e9, -np.inf, -3.4028235e38)))])
    weights = b.node("Softmax", [scores], axis=3 if b.opset < 13 else -1)
    context = b.node("MatMul", [weights, v])
    if b.chance(0.7):
        context = b.reshape(b.transpose(context, [0, 2, 1, 3]), [batch, rows, heads * depth])


@pattern
def layer_norm_spelled_out(b):
    x = _hidden(b)
    axes = [-1] if b.opset >= 11 and b.chance(0.7) else [x.rank - 1]
    if x.rank > 1 and b.chance(0.2):
        axes = [x.rank - 2, x.rank - 1]
    mean = b.reduce("ReduceMean", x, axes)
    centred = b.node("Sub", [x, mean])
    again = centred if b.chance(0.7) else b.node("Sub", [x, mean])
    square = b.node("Pow", [again, b.number(2)]) if b.chance(0.6) else b.node("Mul", [again, again])
    variance = b.reduce("ReduceMean", square, axes)
    epsilon = b.constant(np.full(b.choice(((), (1,), (1,) * x.rank, (1,) * min(5, x.rank + 1))), 1e-5, dtype=FLOAT))
    deviation = b.node("Sqrt", [b.node("Add", [variance, epsilon])])
    if b.chance(0.7):
        y = b.node("Div", [centred, deviation])
    else:
        y = b.node("Mul", [centred, b.node("Reciprocal", [deviation])])
    tail = x.shape[-1:] if len(axes) == 1 else x.shape[-2:]
    if b.chance(0.7):
        y = b.node("Mul", [y, _weights(b, b.choice((tail, (1,) + tail, (1,) * (x.rank + 1), ())))])
    if b.chance(0.7):
        b.node("Add", [y, _weights(b, b.choice((tail, (1,) + tail, ())))])


@pattern
def rms_norm(b):
    x = _hidden(b)
    square = b.node("Pow", [x, b.number(2)]) if b.chance(0.5) else b.node("Mul", [x, x])
    mean = b.reduce("ReduceMean", square, [x.rank - 1])
    root = b.node("Sqrt", [b.node("Add", [mean, b.number(1e-6)])])
    y = b.node("Div", [x, root]) if b.chance(0.5) else b.node("Mul", [x, b.node("Reciprocal", [root])])
    b.node("Mul", [y, _weights(b, x.shape[-1:])])


@pattern
def gelu_spelled_out(b):
    x = _hidden(b)
    if b.chance(0.5) and b.opset >= 9:
        inner = b.node("Div", [x, b.number(math.sqrt(2))]) if b.chance(0.6) else b.node("Mul", [x, b.number(math.sqrt(0.5))])
        inner = b.node("Erf", [inner])
    else:
        cube = b.node("Pow", [x, b.number(3)]) if b.chance(0.6) else b.node("Mul", [b.node("Mul", [x, x]), x])
        inner = b.node("Add", [x, b.node("Mul", [cube, b.number(0.044715)])])
        inner = b.node("Tanh", [b.node("Mul", [inner, b.number(math.sqrt(2 / math.pi))])])
    one = b.node("Add", [inner, b.number(1)])
    if b.chance(0.5):
        b.node("Mul", [b.node("Mul", [x, b.number(0.5)]), one])
    else:
        b.node("Mul", [b.node("Mul", [x, one]), b.number(0.5)])


@pattern
def convolution_block(b):
    """A convolution, a batch norm and an activation. Some are depthwise, or have a residual or squeeze-and-excitation."""
    x = operators._image(b, b.choice((1, 2, 2, 2)))
    channels = x.shape[1]
    depthwise = b.chance(0.25)
    residual = b.chance(0.4)
    outputs = channels if depthwise or residual else b.choice((1, 2, 4, 5, 8))
    k = b.choice((1, 3, 3, 5))
    spatial = x.rank - 2
    group = channels if depthwise else 1
    y = b.node("Conv", [x, _weights(b, (outputs, channels // group) + (k,) * spatial),
                        _weights(b, (outputs,)) if b.chance(0.4) else None],
               pads=[k // 2] * (2 * spatial), group=group)
    if b.chance(0.7):
        vector = lambda style=None: b.constant(b.tensor(FLOAT, (outputs,), style))
        y = b.node("BatchNormalization", [y, vector(), vector(), vector(), vector("positive")])
    if b.chance(0.3):  # squeeze and excitation
        s = b.node("GlobalAveragePool", [y])
        s = b.node("Conv", [s, _weights(b, (2, outputs) + (1,) * spatial)])
        s = b.node("Relu", [s])
        s = b.node("Conv", [s, _weights(b, (outputs, 2) + (1,) * spatial)])
        y = b.node("Mul", [y, b.node("Sigmoid", [s])])
    if residual:
        if b.chance(0.3):
            y = _activation(b, y)
        y = b.node("Add", [y, x] if b.chance(0.5) else [x, y])
    if b.chance(0.7):
        y = _activation(b, y)
    if spatial == 2 and min(y.shape[2:]) >= 2 and b.chance(0.3):
        b.node(b.choice(("MaxPool", "AveragePool")), [y], kernel_shape=[2, 2], strides=[2, 2])


@pattern
def multilayer_perceptron(b):
    x = _hidden(b, b.choice((2, 3)))
    for _ in range(b.choice((1, 2))):
        n = b.choice((1, 3, 4, 8, 16))
        if x.rank == 2 and b.chance(0.5):
            x = b.node("Gemm", [x, _weights(b, (n, x.shape[-1])), _weights(b, (n,))], transB=1)
        else:
            x = b.node("MatMul", [x, _weights(b, (x.shape[-1], n))])
            if b.chance(0.8):
                bias = _weights(b, (n,))
                x = b.node("Add", [x, bias] if b.chance(0.5) else [bias, x])
        x = _activation(b, x)


@pattern
def concat_and_split(b):
    """Splits a value, computes on the parts and concatenates them, as in ShuffleNet, DenseNet and cross-stage blocks."""
    x = _hidden(b, b.choice((3, 4)))
    axis = b.choice((1, x.rank - 1))
    n = x.shape[axis]
    if n < 2:
        x = b.node("Concat", [x, x, b.node("Neg", [x])], axis=axis)
        n = x.shape[axis]
    cut = b.random.randint(1, n - 1)
    if b.opset < 13:
        left, right = b.node("Split", [x], 2, axis=axis, split=[cut, n - cut])
    else:
        left, right = b.node("Split", [x, b.ints([cut, n - cut])], 2, axis=axis)
    parts = [_activation(b, left) if b.chance(0.6) else left, b.node("Mul", [right, right]) if b.chance(0.4) else right]
    if b.chance(0.3):
        parts.append(x)
    joined = b.node("Concat", parts, axis=axis)
    if x.rank == 4 and axis == 1 and joined.shape[1] % 2 == 0 and b.chance(0.6):  # channel shuffle
        s = joined.shape
        joined = b.reshape(joined, [s[0], 2, s[1] // 2, s[2], s[3]])
        joined = b.reshape(b.transpose(joined, [0, 2, 1, 3, 4]), list(s))
    if b.chance(0.5):
        _activation(b, joined)


@pattern
def shape_arithmetic(b):
    """Shape, Gather, arithmetic, Concat and Reshape, which is how exporters write view(x.size(0), -1)."""
    x = _hidden(b)
    shape = b.node("Shape", [x])
    kept = b.node("Gather", [shape, b.constant(np.asarray([0], dtype=INT64))], axis=0)
    if b.chance(0.4):
        rest = b.node("Div", [b.node("Size", [x]), b.node("Gather", [shape, b.constant(np.asarray(0, dtype=INT64))],
                                                          axis=0)])
        rest = b.unsqueeze(rest, [0])
    elif b.chance(0.3) and x.rank > 1 and b.opset >= 18:
        tail = b.node("Slice", [shape, b.constant(np.asarray([1])), b.constant(np.asarray([2**31 - 1]))])
        rest = b.node("ReduceProd", [tail], keepdims=1)
    else:
        rest = b.constant(np.asarray([-1], dtype=INT64))
    target = b.node("Concat", [kept, rest], axis=0)
    y = b.node("Reshape", [x, target])
    if b.chance(0.4) and b.opset >= 8:
        b.node("Expand", [y, b.node("Concat", [b.constant(np.asarray([2], dtype=INT64)), b.node("Shape", [y])], axis=0)])
    elif b.chance(0.5):
        b.node("ConstantOfShape" if b.opset >= 9 else "Identity", [b.node("Shape", [y])])


@pattern
def rotary_embedding(b):
    n, depth = b.choice((1, 3, 6)), b.choice((2, 4, 8))
    x = b.leaf(b.tensor(FLOAT, (b.choice((1, 2)), b.choice((1, 2)), n, depth)), False)
    angles = b.leaf(b.tensor(FLOAT, (n, depth)))
    half = depth // 2
    if b.opset < 13:
        low, high = b.node("Split", [x], 2, axis=3, split=[half, half])
    else:
        low, high = b.node("Split", [x, b.ints([half, half])], 2, axis=-1)
    turned = b.node("Concat", [b.node("Neg", [high]), low], axis=3)
    b.node("Add", [b.node("Mul", [x, b.node("Cos", [angles])]), b.node("Mul", [turned, b.node("Sin", [angles])])])


@pattern
def embedding(b):
    rows, depth = b.choice((3, 8, 17)), b.choice((1, 4, 5))
    table = b.leaf(b.tensor(FLOAT, (rows, depth)), b.chance(0.7))
    indices = b.leaf(b.generator.integers(-rows if b.opset >= 11 else 0, rows, (b.choice((1, 2)), b.choice((1, 5)))).astype(INT64),
                     b.chance(0.4))
    x = b.node("Gather", [table, indices])
    position = b.leaf(b.tensor(FLOAT, x.shape[1:]))
    b.node("Add", [x, position])


@pattern
def recurrent_gates(b):
    n = b.choice((1, 4, 6))
    x, h, c = (b.leaf(b.tensor(FLOAT, (2, n)), False) for _ in range(3))
    gates = b.node("Add", [b.node("MatMul", [x, _weights(b, (n, 4 * n))]), b.node("MatMul", [h, _weights(b, (n, 4 * n))])])
    parts = b.node("Split", [gates], 4, axis=1) if b.opset < 18 else b.node("Split", [gates], 4, axis=1, num_outputs=4)
    i, f, o = (b.node("Sigmoid", [p]) for p in parts[:3])
    c = b.node("Add", [b.node("Mul", [f, c]), b.node("Mul", [i, b.node("Tanh", [parts[3]])])])
    b.node("Mul", [o, b.node("Tanh", [c])])


@pattern
def constants_on_both_sides(b):
    """Chains such as x + c - c, (x * c) * d and (x + c) * d, which rewrites may simplify."""
    x = b.pick(FLOAT if b.chance(0.8) else INT64, lambda v: v.array.size <= 1500 and v.rank > 0)
    for _ in range(b.choice((2, 3, 4))):
        if b.chance(0.4):
            c = b.constant(b.tensor(x.dtype, ()))
        else:
            c = b.constant(b.tensor(x.dtype, values.broadcastable(b.random, x.shape)))
        op = b.choice(("Add", "Sub", "Mul") + (("Div",) if x.dtype == FLOAT else ()))
        x = b.node(op, [x, c] if b.chance(0.7) else [c, x])


@pattern
def upsampling(b):
    x = operators._image(b, 2)
    n, c, h, w = x.shape
    if b.opset < 8 or x.array.size > 600:
        return
    y = b.reshape(x, [n, c, h, 1, w, 1])
    y = b.node("Expand", [y, b.ints([n, c, h, 2, w, 2])])
    b.reshape(y, [n, c, 2 * h, 2 * w])


# ---- Larger patterns, with enough rows, columns and channels for tiles, vectors and their remainders

LARGE = []


def large_pattern(function):
    LARGE.append(function)
    return function


def _wide(b):
    return b.choice((15, 16, 17, 24, 31, 32, 33, 40, 48, 63, 64, 65, 72, 96))


def _epilogue(b, y, channels_at):
    """Adds operators that may be fused into a product: bias, norm, residual and activation."""
    shape = [1] * y.rank
    shape[channels_at] = y.shape[channels_at]
    if b.chance(0.6):
        y = b.node("Add", [y, _weights(b, tuple(shape[channels_at:]))])
    if b.chance(0.4):
        other = b.leaf(b.tensor(FLOAT, values.broadcastable(b.random, y.shape)), False)
        y = b.node(b.choice(("Add", "Mul", "Sub")), [y, other] if b.chance(0.5) else [other, y])
    if b.chance(0.6):
        y = _activation(b, y)
    if b.chance(0.3):
        y = b.transpose(y, b.random.sample(range(y.rank), y.rank))
    if b.chance(0.3):
        b.reduce(b.choice(("ReduceSum", "ReduceMean", "ReduceMax")), y, [b.random.randrange(y.rank)])


@large_pattern
def large_product(b):
    m, k, n = _wide(b), _wide(b), _wide(b)
    batch = b.choice(((), (), (1,), (2,), (3, 1), (2, 2)))
    x = b.leaf(b.tensor(FLOAT, batch + (m, k)), False)
    if b.chance(0.3):
        x = b.transpose(b.leaf(b.tensor(FLOAT, batch + (k, m)), False), [*range(len(batch)), len(batch) + 1, len(batch)])
    w = _weights(b, (batch if b.chance(0.3) else ()) + (k, n))
    _epilogue(b, b.node("MatMul", [x, w]), x.rank - 1)


@large_pattern
def large_convolution(b):
    channels, outputs = b.choice((1, 3, 8, 16, 24, 33)), b.choice((5, 8, 16, 24, 40))
    size = b.choice((5, 7, 8, 13, 14, 17))
    x = b.leaf(b.tensor(FLOAT, (b.choice((1, 1, 2)), channels, size, b.choice((size, size + 1)))), False)
    group = 1
    if b.chance(0.3):
        group, outputs = channels, channels * b.choice((1, 1, 2))
    k, stride, dilation = b.choice((1, 3, 3, 5)), b.choice((1, 1, 2)), b.choice((1, 1, 1, 2))
    y = b.node("Conv", [x, _weights(b, (outputs, channels // group, k, k))], group=group, strides=[stride] * 2,
               dilations=[dilation] * 2, pads=[k // 2 * dilation] * 4)
    _epilogue(b, y, 1)


@large_pattern
def large_rows(b):
    """A norm, a softmax or a reduction over rows that are longer than vectors."""
    x = b.leaf(b.tensor(FLOAT, (b.choice((1, 7, 16)), b.choice((1, 5)), b.choice((100, 127, 128, 257, 300)))), False)
    axis = b.choice((0, 2, 2, 2))
    op = b.choice(("Softmax", "LogSoftmax", "ReduceSum", "ReduceMax", "ReduceL2", "LayerNormalization"))
    if op == "LayerNormalization" and b.opset >= 17:
        y = b.node(op, [x, _weights(b, x.shape[2:]), _weights(b, x.shape[2:])])
    elif op.startswith("Reduce"):
        y = b.reduce(op, x, [axis])
    else:
        y = b.node("Softmax", [x], axis=2 if b.opset < 13 else axis)
    _activation(b, y)


@large_pattern
def large_elementwise(b):
    x = b.leaf(b.tensor(FLOAT, (b.choice((3, 16, 31)), b.choice((64, 100, 129)))), False)
    for _ in range(b.choice((1, 2, 4))):
        x = _activation(b, x) if b.chance(0.5) else b.node(b.choice(("Add", "Mul", "Sub", "Max")), [x, b.partner(x)])
    if b.chance(0.5):
        b.transpose(x, list(reversed(range(x.rank))))
