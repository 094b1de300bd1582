"""Makes random nodes of operators on bits, signals, images that are sampled, losses and attention."""

import numpy as np
from onnx import TensorProto

from fuzzer.composite_operators import something_else
from fuzzer.graph_builder import since
from fuzzer.operators import generates
from fuzzer.values import FLOAT, INT32, INT64


def _any(value):
    return value.array.size <= 3000


def _floats(b, *shape):
    return b.leaf(b.generator.uniform(-2, 2, shape).astype(FLOAT))


def _size(b, least, most):
    return b.random.randint(least, most)


@generates("Asin", "Acos")
def inverse_function(b, op):
    b.node(op, [b.leaf(b.generator.uniform(-1.05, 1.05, (_size(b, 1, 40),)).astype(FLOAT))])


@generates("Atan")
def arc_tangent(b, op):
    b.node(op, [b.pick(FLOAT, _any)])


@generates("BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot")
def bitwise(b, op):
    if not since(op, b.opset):
        something_else(b)
        return
    x = b.pick(b.choice((INT32, INT64)), _any)
    b.node(op, [x] if op == "BitwiseNot" else [x, b.partner(x)])


@generates("BitShift")
def bit_shift(b, op):
    if not since(op, b.opset):
        something_else(b)
        return
    onnx_type, dtype, bits = b.choice(((TensorProto.UINT8, np.uint8, 8), (TensorProto.UINT16, np.uint16, 16),
                                       (TensorProto.UINT32, np.uint32, 32)))
    shape = (_size(b, 1, 20),)
    x = b.node("Cast", [b.leaf(b.generator.integers(0, 2**bits, shape).astype(INT64))], to=onnx_type)
    count = b.constant(b.generator.integers(0, bits, shape).astype(dtype))
    shifted = b.node(op, [x, count], direction=b.choice(("LEFT", "RIGHT")))
    b.node("Cast", [shifted], to=TensorProto.INT64)


@generates("Hardmax")
def hardmax(b, op):
    x = b.leaf(b.generator.integers(-3, 4, [_size(b, 1, 6) for _ in range(_size(b, 1, 3))]).astype(FLOAT))
    # Before opset 13, it ran over all dimensions from the axis on, which the reference evaluator does not know.
    b.node(op, [x], axis=b.choice((None, b.axis(x.rank))) if b.opset >= 13 else x.rank - 1)


@generates("ReverseSequence")
def reverse_sequence(b, op):
    if not since(op, b.opset):
        something_else(b)
        return
    time, batch = _size(b, 1, 6), _size(b, 1, 4)
    shape = [time, batch] if b.chance(0.5) else [batch, time]
    axis = 0 if shape[0] == time else 1
    lengths = b.leaf(b.generator.integers(1, shape[axis] + 1, shape[1 - axis]).astype(INT64))
    x = _floats(b, *shape, *b.choice(((), (3,))))
    b.node(op, [x, lengths], time_axis=axis, batch_axis=1 - axis)


@generates("HannWindow", "HammingWindow", "BlackmanWindow")
def window(b, op):
    if not since(op, b.opset):
        something_else(b)
        return
    b.node(op, [b.constant(np.asarray(_size(b, 2, 40), dtype=INT64))], periodic=b.choice((None, 0, 1)))


@generates("MelWeightMatrix")
def mel_weights(b, op):
    if not since(op, b.opset):
        something_else(b)
        return
    numbers = [np.asarray(number, dtype=INT64) for number in (_size(b, 2, 12), b.choice((16, 32, 64)), 8192)]
    numbers += [np.asarray(number, dtype=FLOAT) for number in (0, 4000)]
    b.node(op, [b.constant(number) for number in numbers])


@generates("DFT")
def dft(b, op):
    if not since(op, b.opset):
        something_else(b)
        return
    x = _floats(b, _size(b, 1, 3), _size(b, 1, 20), b.choice((1, 2)))
    length = b.constant(np.asarray(_size(b, 1, 20), dtype=INT64)) if b.chance(0.4) else None
    kind = b.choice(({}, {"inverse": 1}, {"onesided": 1} if x.shape[2] == 1 else {}))
    if b.opset < 20:
        b.node(op, [x, length], axis=1, **kind)
    else:
        b.node(op, [x, length, b.constant(np.asarray(1, dtype=INT64))], **kind)


@generates("STFT")
def stft(b, op):
    if not since(op, b.opset):
        something_else(b)
        return
    length = _size(b, 2, 16)
    x = _floats(b, _size(b, 1, 2), length + _size(b, 0, 20), 1)
    step, frame = (b.constant(np.asarray(n, dtype=INT64)) for n in (_size(b, 1, 6), length))
    onesided = b.choice((None, 0, 1))
    b.inference_errs |= onesided is None  # onnx's shape inference takes 0 for the default, which is 1
    b.node(op, [x, step, _floats(b, length), frame], onesided=onesided)


@generates("GridSample")
def grid_sample(b, op):
    if not since(op, b.opset):
        something_else(b)
        return
    n, h, w = _size(b, 1, 2), _size(b, 2, 6), _size(b, 2, 6)
    x = _floats(b, n, _size(b, 1, 3), h, w)
    grid = b.leaf(b.generator.uniform(-1.4, 1.4, (n, _size(b, 1, 5), _size(b, 1, 5), 2)).astype(FLOAT))
    linear = "bilinear" if b.opset < 20 else "linear"
    b.node(op, [x, grid], mode=linear, padding_mode=b.choice((None, "zeros", "border", "reflection")),
           align_corners=b.choice((None, 0, 1)))


@generates("AffineGrid")
def affine_grid(b, op):
    if not since(op, b.opset):
        something_else(b)
        return
    n, rank = _size(b, 1, 2), b.choice((2, 3))
    size = b.constant(np.asarray([n, 1] + [_size(b, 2, 5) for _ in range(rank)], dtype=INT64))
    b.node(op, [_floats(b, n, rank, rank + 1), size], align_corners=b.choice((None, 0, 1)))


@generates("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
def loss(b, op):
    if not since(op, b.opset):
        something_else(b)
        return
    n, classes, inner = _size(b, 1, 4), _size(b, 2, 5), b.choice(((), (3,), (2, 3)))
    labels = b.leaf(b.generator.integers(0, classes, (n, *inner)).astype(INT64))
    weights = b.leaf(b.generator.uniform(0.1, 1, classes).astype(FLOAT)) if b.chance(0.5) else None
    b.node(op, [_floats(b, n, classes, *inner), labels, weights],
           reduction=b.choice((None, "none", "sum", "mean")))


@generates("Attention")
def attention(b, op):
    if not since(op, b.opset):
        something_else(b)
        return
    n, heads, groups, size = _size(b, 1, 2), _size(b, 1, 2), _size(b, 1, 2), b.choice((4, 8))
    queries, keys = _size(b, 1, 6), _size(b, 1, 6)
    q = _floats(b, n, heads * groups, queries, size)
    k, v = (_floats(b, n, heads, keys, size) for _ in range(2))
    mask = None
    if b.chance(0.4):
        mask = b.leaf(b.generator.uniform(-1, 1, (queries, keys)).astype(FLOAT))
    b.node(op, [q, k, v, mask], scale=b.choice((None, 0.3)))


@generates("RotaryEmbedding")
def rotary_embedding(b, op):
    if not since(op, b.opset):
        something_else(b)
        return
    n, heads, length, pairs = _size(b, 1, 2), _size(b, 1, 3), _size(b, 1, 5), _size(b, 1, 4)
    tables = [_floats(b, 9, pairs), _floats(b, 9, pairs)]
    positions = b.leaf(b.generator.integers(0, 9, (n, length)).astype(INT64))
    b.node(op, [_floats(b, n, heads, length, 2 * pairs), *tables, positions], interleaved=b.choice((None, 0, 1)))
