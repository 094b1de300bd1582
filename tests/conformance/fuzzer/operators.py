"""Makes a random node of every operator that compiler/importer supports, in all of its forms.

To add an operator, write a function with its names in @generates. It picks operands from the builder and adds the node.
The program compares this table with that of the importer, and fails if an operator is missing here.
"""

import numpy as np

from fuzzer import values
from fuzzer.values import BOOL, FLOAT, INT32, INT64

GENERATORS = {}


def generates(*operators):
    def register(function):
        for op in operators:
            GENERATORS[op] = function
        return function
    return register


def _any(value):
    return value.array.size <= 3000


# ---- Elementwise operators


@generates("Add", "Sub", "Mul", "Div", "Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual", "And", "Or", "Xor")
def binary(b, op):
    x = b.pick(b.dtype_for(op), _any)
    y = b.partner(x)
    b.node(op, [x, y] if b.chance(0.6) else [y, x])


@generates("Mod")
def mod(b, op):
    dtype = b.choice((INT32, INT64, INT64))
    x = b.pick(dtype, _any)
    # Mod of floats exists only with fmod, which no kernel computes yet.
    b.node(op, [x, b.partner(x)], fmod=b.choice((None, 0, 1)))


@generates("Pow")
def power(b, op):
    x = b.pick(b.dtype_for(op), _any)
    exponents = b.types_of(op, 1) if b.opset >= 12 else [x.dtype]
    dtype = x.dtype if b.chance(0.6) else b.choice(exponents)
    if x.dtype != FLOAT and dtype != FLOAT:  # ONNX does not define 2 to the power of -1 as an integer
        y = b.leaf(np.asarray(b.generator.integers(0, 5, values.broadcastable(b.random, x.shape)), dtype=dtype))
    elif b.chance(0.6):
        number = b.choice((0, 1, 2, 3, -1, -2, 0.5, -0.5, 1.5, 5, 10, 0.1))
        shape = b.choice(((), (1,), (1,) * x.rank))
        y = b.leaf(np.full(shape, number).astype(dtype), b.chance(0.6))
    else:
        y = b.partner(x, dtype)
    b.node(op, [x, y])


@generates("Not", "IsNaN", "Neg", "Abs", "Exp", "Log", "Sqrt", "Erf", "Tanh", "Sin", "Cos", "Floor", "Ceil", "Round",
           "Identity", "Relu", "Sigmoid", "HardSwish", "Softplus", "Softsign", "Mish", "Reciprocal", "Sign")
def unary(b, op):
    b.node(op, [b.pick(b.dtype_for(op), _any)])


@generates("HardSigmoid", "LeakyRelu", "Elu", "Selu", "Celu", "ThresholdedRelu")
def unary_with_numbers(b, op):
    attributes = {}
    if b.chance(0.6):
        attributes["alpha"] = b.choice((0.2, 0.5, 1.0, 1.5, 0.01, 3.0))
    if op == "HardSigmoid" and b.chance(0.5):
        attributes["beta"] = b.choice((0.25, 0.5, 0.75))
    if op == "Selu" and b.chance(0.5):
        attributes["gamma"] = b.choice((1.0, 1.05, 2.0))
    b.node(op, [b.pick(FLOAT, _any)], **attributes)


@generates("Gelu")
def gelu(b, op):
    b.node(op, [b.pick(FLOAT, _any)], approximate=b.choice((None, "none", "tanh")))


@generates("PRelu")
def prelu(b, op):
    x = b.pick(FLOAT, _any)
    slope = b.leaf(b.tensor(FLOAT, values.broadcastable(b.random, x.shape)))
    b.node(op, [x, slope])


@generates("IsInf")
def is_inf(b, op):
    positive, negative = b.choice(((None, None), (1, 1), (1, 0), (0, 1), (None, 0), (0, None)))
    b.node(op, [b.pick(FLOAT, _any)], detect_positive=positive, detect_negative=negative)


@generates("Where")
def where(b, op):
    condition = b.pick(BOOL, _any)
    x = b.partner(condition, b.dtype_for(op, 1))
    shape = np.broadcast_shapes(condition.shape, x.shape)
    fits = lambda v: v.shape == shape
    y = b.pick(x.dtype, fits, lambda: values.broadcastable(b.random, shape), reuse=0.5)
    b.node(op, [condition, x, y])


@generates("Max", "Min", "Sum", "Mean")
def variadic(b, op):
    operands = [b.pick(b.dtype_for(op), _any)]
    for _ in range(b.choice((0, 1, 1, 1, 2, 3))):
        if b.opset < 8:  # these opsets have no broadcasting here
            shape = operands[0].shape
            operands.append(b.pick(operands[0].dtype, lambda v: v.shape == shape, lambda: shape, reuse=0.6))
        else:
            shape = np.broadcast_shapes(*[v.shape for v in operands])
            fits = lambda v: v.shape == shape
            operands.append(b.pick(operands[0].dtype, fits, lambda: values.broadcastable(b.random, shape), reuse=0.5))
    b.random.shuffle(operands)
    b.node(op, operands)


_ONNX_TYPES = {FLOAT: 1, INT32: 6, INT64: 7, BOOL: 9}


@generates("Cast")
def cast(b, op):
    b.node(op, [b.pick(list(values.DTYPES), _any)], to=_ONNX_TYPES[b.choice(values.DTYPES)])


@generates("CastLike")
def cast_like(b, op):
    b.node(op, [b.pick(list(values.DTYPES), _any), b.pick(list(values.DTYPES), _any)])


@generates("Dropout")
def dropout(b, op):
    x = b.pick(FLOAT, _any)
    outputs = b.choice((1, 2))
    if b.opset < 12:
        b.node(op, [x], outputs, ratio=b.choice((None, 0.3)))
        return
    ratio = b.number(0.3) if b.chance(0.5) else None
    training = b.constant(np.asarray(False)) if b.chance(0.3) else None
    b.node(op, [x, ratio, training], outputs)


@generates("Clip")
def clip(b, op):
    if b.opset < 11:
        b.node(op, [b.pick(FLOAT, _any)], min=b.choice((None, -1.0, 0.0)), max=b.choice((None, 1.0, 6.0)))
        return
    x = b.pick(b.dtype_for(op), _any)

    def bound(least, most):
        if b.chance(0.2):
            return None
        return b.leaf(np.asarray(b.random.randint(least, most), dtype=x.dtype), b.chance(0.7))

    b.node(op, [x, bound(-4, 0), bound(-1 if b.chance(0.1) else 0, 6)])


# ---- Shapes


@generates("Constant")
def constant(b, op):
    b.constant_node(b.tensor(b.choice(b.constant_types()), b.shape(b.choice((0, 0, 1, 1, 2, 3)), 200)))


@generates("ConstantOfShape")
def constant_of_shape(b, op):
    shape = b.shape(b.choice((0, 1, 2, 3)), 300)
    value = None
    if b.chance(0.7):
        value = b.tensor_proto(b.tensor(b.choice(values.DTYPES), (1,)), "")
    b.node(op, [b.ints(list(shape))], value=value)


@generates("Shape")
def shape_of(b, op):
    x = b.pick(list(values.DTYPES))
    attributes = {}
    if b.opset >= 15 and b.chance(0.5):
        attributes["start"] = b.random.randint(-x.rank - 1, x.rank + 1)
        if b.chance(0.6):
            attributes["end"] = b.random.randint(-x.rank - 1, x.rank + 1)
    b.node(op, [x], **attributes)


@generates("Size")
def size_of(b, op):
    b.node(op, [b.pick(list(values.DTYPES))])


def _other_shape(b, shape):
    """Returns another shape with the same number of elements."""
    total = int(np.prod(shape))
    result = []
    for _ in range(b.choice((0, 1, 2, 3, 4))):
        divisors = [d for d in range(1, min(total, 64) + 1) if total % d == 0] or [1]
        result.append(b.choice(divisors) if total else b.choice((0, 1, 3)))
        total = total // result[-1] if result[-1] else 0
    if total != 1 or not result:
        result.append(total)
    if int(np.prod(result)) != int(np.prod(shape)):
        result = list(shape)
    return result


@generates("Reshape")
def reshape(b, op):
    x = b.pick(list(values.DTYPES))
    target = _other_shape(b, x.shape)
    allow_zero = b.choice((None, 0, 1)) if b.opset >= 14 else None
    if 0 in target and allow_zero != 1:
        # A 0 means the input's extent. Only with allowzero it means an extent of 0.
        if b.opset >= 14:
            allow_zero = 1
        else:
            target = list(x.shape)
    if allow_zero != 1:
        target = [0 if d < x.rank and x.shape[d] == n and b.chance(0.2) else n for d, n in enumerate(target)]
    if target and x.array.size and b.chance(0.4) and -1 not in target:
        target[b.random.randrange(len(target))] = -1
    b.node(op, [x, b.ints(target)], allowzero=allow_zero)


@generates("Flatten")
def flatten(b, op):
    x = b.pick(b.types_of(op))
    low = -x.rank if b.opset >= 11 else 0
    b.node(op, [x], axis=None if b.chance(0.3) and x.rank else b.random.randint(low, x.rank))


@generates("Squeeze")
def squeeze(b, op):
    x = b.pick(list(values.DTYPES), lambda v: 1 in v.shape, lambda: b.shape(b.choice((1, 2, 3))) + (1,))
    ones = [d for d, n in enumerate(x.shape) if n == 1]
    if b.chance(0.25):
        b.node(op, [x])
        return
    axes = b.random.sample(ones, b.random.randint(1, len(ones)))
    if b.opset < 13:  # onnx's shape inference needs sorted axes in the attribute
        axes.sort()
    if b.opset >= 11:
        axes = [a - x.rank if b.chance(0.4) else a for a in axes]
    b.squeeze(x, axes)


@generates("Unsqueeze")
def unsqueeze(b, op):
    x = b.pick(list(values.DTYPES), lambda v: v.rank < 5)
    rank = x.rank + b.choice((1, 1, 2))
    axes = b.random.sample(range(rank), rank - x.rank)
    if b.opset >= 11:
        axes = [a - rank if b.chance(0.4) else a for a in axes]
    else:
        axes.sort()
    b.unsqueeze(x, axes)


@generates("Transpose")
def transpose(b, op):
    x = b.pick(list(values.DTYPES))
    b.node(op, [x], perm=None if b.chance(0.2) or not x.rank else b.random.sample(range(x.rank), x.rank))


@generates("Slice")
def slice_of(b, op):
    x = b.pick(list(values.DTYPES), lambda v: v.rank > 0, lambda: b.shape(b.choice((1, 2, 3, 4))))
    axes = b.axes(x.rank, negative=b.opset >= 10)
    if b.chance(0.3):
        axes = list(range(len(axes)))
    starts, ends, steps = [], [], []
    for axis in axes:
        n = x.shape[axis]
        step = b.choice((1, 1, 1, 2, 3, -1, -1, -2)) if b.opset >= 10 else 1
        start = b.random.randint(-n - 1, n + 1)
        end = b.random.randint(-n - 1, n + 1)
        if b.chance(0.75) and n:  # makes a slice that is not empty
            low, high = sorted(b.random.sample(range(n + 1), 2)) if n else (0, 0)
            start, end = (low, high) if step > 0 else (high - 1, low - 1)
            if end == -1:
                end = -n - 1
            elif b.chance(0.3):
                start, end = start - n, end - n if end < n else end
                if end >= n:
                    start += n
        if b.chance(0.15):
            end = (1 << 31) - 1 if step > 0 else -(1 << 31)
        if b.chance(0.1):
            end = (1 << 63) - 1 if step > 0 else -(1 << 63) + 1
        starts.append(start), ends.append(end), steps.append(step)
    if b.opset < 10:
        b.node(op, [x], starts=starts, ends=ends, axes=None if axes == list(range(len(axes))) else axes)
        return
    dtype = INT32 if b.chance(0.2) and all(-(1 << 31) <= e < 1 << 31 for e in ends) else INT64
    vector = lambda numbers: b.ints(numbers, dtype)
    given = None if axes == list(range(len(axes))) and b.chance(0.6) else vector(axes)
    by = None if all(s == 1 for s in steps) and b.chance(0.7) else vector(steps)
    b.node(op, [x, vector(starts), vector(ends), given, by])


@generates("Split")
def split(b, op):
    x = b.pick(b.types_of(op), lambda v: v.rank > 0 and max(v.shape) > 1, lambda: b.shape(b.choice((1, 2, 3))) + (6,))
    axis = b.axis(x.rank, negative=b.opset >= 11)
    n = x.shape[axis]
    parts = b.choice([p for p in (1, 2, 3, 4) if p <= max(1, n)])
    if b.chance(0.4):
        even = n % parts == 0
        if b.opset >= 18 and (even or (parts - 1) * -(-n // parts) < n):
            b.node(op, [x], parts, axis=axis, num_outputs=parts)
            return
        if b.opset < 18 and even:
            b.node(op, [x], parts, axis=axis)
            return
    cuts = sorted(b.random.choices(range(n + 1), k=parts - 1) if b.zeros else b.random.sample(range(1, n), parts - 1)
                  if n > 1 else [])
    sizes = [int(s) for s in np.diff([0] + cuts + [n])]
    if b.opset < 13:
        b.node(op, [x], len(sizes), axis=axis, split=sizes)
    else:
        b.node(op, [x, b.ints(sizes)], len(sizes), axis=axis)


@generates("Concat")
def concat(b, op):
    x = b.pick(list(values.DTYPES), lambda v: v.rank > 0, lambda: b.shape(b.choice((1, 2, 3, 4)), 400))
    axis = b.axis(x.rank, negative=b.opset >= 11)
    at = axis % x.rank

    def fits(v):
        return v.rank == x.rank and all(n == m for d, (n, m) in enumerate(zip(v.shape, x.shape)) if d != at)

    def make():
        n = values.extent(b.random, b.zeros)
        return tuple(min(n, 9) if d == at else m for d, m in enumerate(x.shape))

    parts = [x] + [b.pick(x.dtype, fits, make, reuse=0.5) for _ in range(b.choice((0, 1, 1, 1, 2, 3)))]
    b.random.shuffle(parts)
    b.node(op, parts, axis=axis)


@generates("Expand")
def expand(b, op):
    x = b.pick(list(values.DTYPES), lambda v: v.array.size < 500, lambda: values.broadcastable(b.random, b.shape(most=300)))
    target = [b.choice((1, 2, 3, 5)) if n == 1 and b.chance(0.6) else n for n in x.shape]
    target = [1 if n == m and b.chance(0.2) else n for n, m in zip(target, x.shape)]
    if len(target) < 5 and b.chance(0.4):
        target.insert(0, b.choice((1, 2, 3)))
    elif target and b.chance(0.2):
        target = target[1:]
    b.node(op, [x, b.ints(target)])


@generates("Tile")
def tile(b, op):
    x = b.pick(list(values.DTYPES), lambda v: v.array.size < 300 and v.rank < 5, lambda: b.shape(most=200))
    b.node(op, [x, b.ints([b.choice((1, 1, 2, 3)) if not b.chance(b.zeros) else 0 for _ in x.shape])])


@generates("Range")
def range_of(b, op):
    dtype = b.choice((FLOAT, INT32, INT64))
    step = b.choice((1, 1, 2, 3, -1, -2) if dtype != FLOAT else (1.0, 0.5, 0.25, -0.5, 0.1, 0.3, -1.0))
    start, count = b.random.randint(-5, 5), b.random.randint(0 if b.zeros else 1, 12)
    limit = start + (count - (0.5 if dtype == FLOAT else 0)) * step
    b.node(op, [b.number(n, dtype) for n in (start, limit, step)])


def _indices(b, most, shape, dtype):
    low = -most if b.opset >= 11 and b.chance(0.5) else 0
    if b.chance(0.2):  # evenly spaced indices, for which the result is a view
        step = b.choice((1, -1, 2))
        count = int(np.prod(shape))
        numbers = (b.random.randrange(most) + step * np.arange(count)) % most
    else:
        numbers = b.generator.integers(low, most, shape)
    return np.asarray(numbers, dtype=dtype).reshape(shape)


@generates("Gather")
def gather(b, op):
    x = b.pick(list(values.DTYPES), lambda v: v.rank > 0 and 0 not in v.shape,
               lambda: values.shape(b.random, b.choice((1, 2, 3, 4))))
    axis = b.axis(x.rank)
    n = x.shape[axis]
    rest = max(1, x.array.size // n)
    shape = b.shape(b.choice((0, 1, 1, 2)), max(1, min(200, 2000 // rest)))
    indices = b.leaf(_indices(b, n, shape, b.choice((INT32, INT64))), b.chance(0.5))
    b.node(op, [x, indices], axis=None if axis == 0 and b.chance(0.5) else axis)


@generates("GatherND")
def gather_nd(b, op):
    x = b.pick(list(values.DTYPES), lambda v: v.rank > 0 and 0 not in v.shape,
               lambda: values.shape(b.random, b.choice((1, 2, 3, 4))))
    named = b.random.randint(1, x.rank)
    lead = values.shape(b.random, b.choice((0, 1, 2)), 20)
    batch_dims = b.random.randint(0, named - 1) if b.opset >= 12 and b.chance(0.3) else 0
    lead = (*x.shape[:batch_dims], *lead)
    columns = [_indices(b, n, lead, INT64) for n in x.shape[batch_dims:named]]
    b.node(op, [x, b.leaf(np.stack(columns, axis=-1).astype(INT64), b.chance(0.7))], batch_dims=batch_dims or None)


@generates("DepthToSpace", "SpaceToDepth")
def depth_space(b, op):
    block = b.choice((1, 2, 2, 3))
    n, c, h, w = b.choice((1, 2)), b.choice((1, 2, 3)), b.choice((1, 2, 3)), b.choice((1, 2, 5))
    if op == "DepthToSpace":
        shape = (n, c * block * block, h, w)
        mode = b.choice((None, "DCR", "CRD")) if b.opset >= 11 else None
        b.node(op, [b.pick(b.dtype_for(op), lambda v: v.shape == shape, lambda: shape)], blocksize=block, mode=mode)
    else:
        shape = (n, c, h * block, w * block)
        b.node(op, [b.pick(b.dtype_for(op), lambda v: v.shape == shape, lambda: shape)], blocksize=block)


@generates("Pad")
def pad(b, op):
    x = b.pick(b.dtype_for(op), lambda v: v.array.size < 800 and v.rank > 0, lambda: b.shape(b.choice((1, 2, 3, 4)), 500))
    axes = list(range(x.rank))
    if b.opset >= 18 and b.chance(0.4):
        axes = b.axes(x.rank)
    pads = [b.choice((0, 0, 1, 2, 3)) for _ in range(2 * len(axes))]
    mode = b.choice((None, "constant", "reflect", "edge"))
    if mode in ("reflect", "edge"):
        if 0 in x.shape:
            mode = None
        elif mode == "reflect":
            pads = [min(p, x.shape[axes[i % len(axes)]] - 1) for i, p in enumerate(pads)]
    if b.opset < 11:
        b.node(op, [x], pads=pads, mode=mode, value=b.choice((None, 0.0, 1.5)))
        return
    fill = b.leaf(b.tensor(x.dtype, ()), b.chance(0.7)) if b.chance(0.7) else None
    # The schema also allows int32, but the checker reads only int64 here.
    given = b.ints(axes) if axes != list(range(x.rank)) else None
    b.node(op, [x, b.ints(pads), fill, given], mode=mode)


# ---- Windows


def _image_shape(b, spatial, channels=None):
    shape = [b.choice((1, 1, 2, 3)), channels or b.choice((1, 2, 3, 4, 5, 8))]
    for _ in range(spatial):
        room = max(1, 1200 // int(np.prod(shape)))
        shape.append(min(room, b.choice((1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13))))
    return tuple(shape)


def _image(b, spatial):
    return b.pick(FLOAT, lambda v: v.rank == spatial + 2 and 0 not in v.shape and v.array.size <= 1500,
                  lambda: _image_shape(b, spatial))


def _window(b, extents, dilations=True):
    """Returns kernel and attributes of a window that fits into the extents."""
    rank = len(extents)
    kernel, strides, dilated, begin, end = [], [], [], [], []
    auto = b.choice(("SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET")) if b.chance(0.25) else None
    for n in extents:
        k = b.choice((1, 1, 2, 3, 3, 3, 4, 5))
        d = b.choice((1, 1, 1, 2)) if dilations else 1
        low, high = (b.choice((0, 0, 1, 1, 2)), b.choice((0, 1, 1, 2))) if auto in (None, "NOTSET") else (0, 0)
        low, high = min(low, k - 1), min(high, k - 1)
        if auto in (None, "NOTSET", "VALID"):
            while (k - 1) * d + 1 > n + low + high:
                if d > 1:
                    d -= 1
                else:
                    k -= 1
                    low, high = min(low, max(0, k - 1)), min(high, max(0, k - 1))
        kernel.append(k), strides.append(b.choice((1, 1, 1, 2, 3))), dilated.append(d), begin.append(low), end.append(high)
    attributes = {"auto_pad": auto}
    if auto in (None, "NOTSET") and (any(begin + end) or b.chance(0.4)):
        attributes["pads"] = begin + end
    if any(s != 1 for s in strides) or b.chance(0.4):
        attributes["strides"] = strides
    if dilations and (any(d != 1 for d in dilated) or b.chance(0.3)):
        attributes["dilations"] = dilated
    return kernel, attributes


@generates("Conv")
def conv(b, op):
    x = _image(b, b.choice((1, 2, 2, 2, 2, 3)))
    kernel, attributes = _window(b, x.shape[2:])
    channels = x.shape[1]
    group = b.choice([1, 1] + [g for g in (2, 3, 4, channels) if channels % g == 0])
    outputs = group * b.choice((1, 1, 2, 3, 4, 5, 8) if group < 4 else (1, 2))
    scale = 0.5 if b.style == "plain" else 1
    weights = b.tensor(FLOAT, (outputs, channels // group, *kernel)) * np.float32(scale)
    w = b.leaf(weights, b.chance(0.8))
    bias = b.leaf(b.tensor(FLOAT, (outputs,)), b.chance(0.8)) if b.chance(0.5) else None
    b.node(op, [x, w, bias], group=group if group != 1 or b.chance(0.3) else None,
           kernel_shape=kernel if b.chance(0.7) else None, **attributes)


@generates("ConvTranspose")
def conv_transpose(b, op):
    x = _image(b, b.choice((1, 2, 2, 2, 3)))
    channels, rank = x.shape[1], x.rank - 2
    group = b.choice([1, 1] + [g for g in (2, 3, 4, channels) if channels % g == 0])
    kernel = [b.choice((1, 2, 3, 3, 4, 5)) for _ in range(rank)]
    strides = [b.choice((1, 2, 2, 3)) for _ in range(rank)]
    dilations = [b.choice((1, 1, 1, 2, 3)) for _ in range(rank)]
    whole = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in zip(x.shape[2:], strides, kernel, dilations)]
    attributes = {"strides": strides if any(s != 1 for s in strides) or b.chance(0.4) else None,
                  "dilations": dilations if any(d != 1 for d in dilations) or b.chance(0.3) else None}
    kind = b.choice(("pads", "pads", "pads", "output_shape", "SAME_UPPER", "SAME_LOWER", "VALID"))
    if kind == "pads":
        low = [b.choice(range(min(4, n))) for n in whole]
        high = [b.choice(range(min(4, n - p))) for n, p in zip(whole, low)]
        attributes["pads"] = low + high if any(low + high) or b.chance(0.4) else None
        if b.chance(0.4):
            attributes["output_padding"] = [b.choice(range(max(s, d))) for s, d in zip(strides, dilations)]
    else:
        # onnx's shape inference is not ONNX's text (extent times stride) if there are gaps between the windows.
        b.inference_errs |= kind.startswith("SAME") and any(
            s > (k - 1) * d + 1 for s, k, d in zip(strides, kernel, dilations))
        attributes["auto_pad"] = kind if kind != "output_shape" else b.choice((None, "SAME_UPPER", "SAME_LOWER"))
        if kind == "output_shape":
            attributes["output_shape"] = [b.choice(range(max(1, n - 4), n + 1)) for n in whole]
    scale = 0.5 if b.style == "plain" else 1
    weights = b.tensor(FLOAT, (channels, b.choice((1, 1, 2, 3, 8) if group < 4 else (1, 2)), *kernel))
    w = b.leaf(weights * np.float32(scale), b.chance(0.8))
    bias = b.leaf(b.tensor(FLOAT, (weights.shape[1] * group,)), b.chance(0.8)) if b.chance(0.5) else None
    b.node(op, [x, w, bias], group=group if group != 1 or b.chance(0.3) else None,
           kernel_shape=kernel if b.chance(0.7) else None, **attributes)


@generates("MaxPool", "AveragePool")
def pool(b, op):
    x = _image(b, b.choice((1, 2, 2, 2, 3)))
    dilations = b.opset >= (10 if op == "MaxPool" else 19)
    kernel, attributes = _window(b, x.shape[2:], dilations)
    if b.opset >= 10 and b.chance(0.3) and attributes["auto_pad"] in (None, "NOTSET"):
        attributes["ceil_mode"] = b.choice((0, 1))
        pads, strides = attributes.get("pads", [0] * 2 * len(kernel)), attributes.get("strides", [1] * len(kernel))
        for d, (n, k) in enumerate(zip(x.shape[2:], kernel)):
            room = n + pads[d] + pads[d + len(kernel)] - ((k - 1) * attributes.get("dilations", [1] * len(kernel))[d] + 1)
            # onnx's shape inference counts a last window that begins after the end of the input, against ONNX's text.
            b.inference_errs |= attributes["ceil_mode"] and -(-room // strides[d]) * strides[d] >= n + pads[d]
    if op == "AveragePool" and b.chance(0.4):
        attributes["count_include_pad"] = b.choice((0, 1))
    b.node(op, [x], kernel_shape=kernel, **attributes)


@generates("GlobalAveragePool", "GlobalMaxPool")
def global_pool(b, op):
    b.node(op, [_image(b, b.choice((1, 2, 2, 3)))])


# ---- Products


@generates("MatMul")
def matmul(b, op):
    x = b.pick(FLOAT, lambda v: v.rank > 0 and 0 not in v.shape and v.array.size < 1500,
               lambda: values.shape(b.random, b.choice((1, 2, 2, 3, 4)), 800))
    k = x.shape[-1]
    n = values.extent(b.random)
    batch = x.shape[:-2]

    def fits(v):
        if v.rank < 2 or v.shape[-2] != k:
            return False
        try:
            np.broadcast_shapes(batch, v.shape[:-2])
        except ValueError:
            return False
        return True

    def make():
        kind = b.random.random()
        if kind < 0.12:
            return (k,)
        lead = () if kind < 0.5 else values.broadcastable(b.random, batch)
        if kind > 0.9 and len(batch) < 3:
            lead = (b.choice((1, 2, 3)),) + tuple(batch)
        return tuple(lead) + (k, n)

    b.node(op, [x, b.pick(FLOAT, fits, make, reuse=0.4)])


@generates("Gemm")
def gemm(b, op):
    x = b.pick(FLOAT, lambda v: v.rank == 2 and 0 not in v.shape, lambda: values.shape(b.random, 2, 800))
    transposed_a, transposed_b = b.choice((None, 0, 1)), b.choice((None, 0, 1))
    m, k = x.shape[::-1] if transposed_a else x.shape
    n = values.extent(b.random)
    shape = (n, k) if transposed_b else (k, n)
    y = b.pick(FLOAT, lambda v: v.shape == shape, lambda: shape)
    c = None
    if b.chance(0.7) or b.opset < 11:
        form = b.choice(((m, n), (n,), (1, n), (m, 1), (), (1,), (1, 1)))
        c = b.pick(FLOAT, lambda v: v.shape == form, lambda: form, reuse=0.4)
    b.node(op, [x, y, c], alpha=b.choice((None, 1.0, 0.5, 2.0, 0.0)), beta=b.choice((None, 1.0, 0.25, 0.0)),
           transA=transposed_a, transB=transposed_b)


# ---- Reductions and norms

_REDUCTIONS = ("ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
               "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp")


@generates(*_REDUCTIONS)
def reduction(b, op):
    types = [t for t in b.types_of(op) if t in (FLOAT, INT32, INT64)]
    dtype = FLOAT if b.chance(0.8) or op in ("ReduceLogSum", "ReduceLogSumExp", "ReduceL2") else b.choice(types)
    x = b.pick(dtype, lambda v: True, lambda: b.shape(b.choice((0, 1, 2, 2, 3, 3, 4))))
    keep = b.choice((None, 0, 1))
    as_operand = b.opset >= (13 if op == "ReduceSum" else 18)
    noop = b.choice((None, 0, 1)) if as_operand and b.chance(0.4) else None
    axes = b.axes(x.rank, negative=b.opset >= 11) if x.rank and b.chance(0.75) else None
    if axes is None and as_operand and b.chance(0.4):
        axes = []
    if not as_operand:
        b.node(op, [x], axes=axes, keepdims=keep)
    else:
        b.node(op, [x, None if axes is None else b.ints(axes)], keepdims=keep, noop_with_empty_axes=noop)


@generates("Softmax", "LogSoftmax")
def softmax(b, op):
    x = b.pick(FLOAT, lambda v: v.rank > 0 and 0 not in v.shape, lambda: values.shape(b.random, b.choice((1, 2, 3, 4))))
    default = 1 if b.opset < 13 else -1
    axis = None if b.chance(0.3) and default < x.rank else b.axis(x.rank, negative=b.opset >= 11)
    b.node(op, [x], axis=axis)


@generates("LayerNormalization")
def layer_norm(b, op):
    x = b.pick(FLOAT, lambda v: v.rank > 0 and 0 not in v.shape, lambda: values.shape(b.random, b.choice((1, 2, 3, 4))))
    axis = b.axis(x.rank)
    shape = x.shape[axis % x.rank:]
    scale = b.leaf(b.tensor(FLOAT, shape), b.chance(0.8))
    bias = b.leaf(b.tensor(FLOAT, shape), b.chance(0.8)) if b.chance(0.7) else None
    b.node(op, [x, scale, bias], axis=None if axis == -1 and b.chance(0.5) else axis,
           epsilon=b.choice((None, 1e-5, 1e-3, 1e-12)))


@generates("BatchNormalization")
def batch_norm(b, op):
    x = b.pick(FLOAT, lambda v: v.rank >= 2 and 0 not in v.shape, lambda: _image_shape(b, b.choice((1, 2, 2, 3)))
               if b.chance(0.8) else values.shape(b.random, 2))
    known = b.chance(0.85)
    vector = lambda style=None: b.leaf(b.tensor(FLOAT, (x.shape[1],), style), known)
    b.node(op, [x, vector(), vector(), vector(), vector("positive")], epsilon=b.choice((None, 1e-5, 1e-3)),
           momentum=b.choice((None, 0.9)))


@generates("InstanceNormalization")
def instance_norm(b, op):
    x = _image(b, b.choice((1, 2, 2, 3)))
    vector = lambda: b.leaf(b.tensor(FLOAT, (x.shape[1],)), b.chance(0.8))
    b.node(op, [x, vector(), vector()], epsilon=b.choice((None, 1e-5, 1e-3)))
