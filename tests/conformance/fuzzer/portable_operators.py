"""Random nodes of the operators that portable kernels compute (compiler/runtime/portable). The sizes of many results
depend on contents. Their operands are leaves, because a rounding error in an operand would change the size."""

import numpy as np

from fuzzer import values
from fuzzer.operators import generates
from fuzzer.values import BOOL, FLOAT, INT32, INT64


def _leaf(b, dtype, shape, style="plain"):
    return b.leaf(b.tensor(dtype, shape, style))


def _leaf_of(b, op, ranks, most=300):
    return _leaf(b, b.dtype_for(op), values.shape(b.random, b.choice(ranks), most, b.zeros), b.style)


@generates("TopK")
def top_k(b, op):
    x = b.pick(b.dtype_for(op), lambda v: v.rank > 0 and 0 < v.array.size <= 2000,
               lambda: values.shape(b.random, b.choice((1, 2, 3)), 600))
    axis = b.random.randrange(x.rank)
    k = b.random.randint(1, x.shape[axis])
    spelled = b.choice((axis, axis - x.rank)) if b.opset >= 11 else axis
    attributes = {"axis": spelled}
    if b.opset >= 11:
        attributes.update(largest=b.choice((None, 0, 1)), sorted=b.choice((None, 1)))
    if b.opset < 10:
        b.node(op, [x], 2, k=k, **attributes)
    else:
        b.node(op, [x, b.ints([k])], 2, **attributes)


@generates("NonZero")
def non_zero(b, op):
    b.node(op, [_leaf_of(b, op, (1, 2, 3))])


@generates("Compress")
def compress(b, op):
    x = b.pick(b.dtype_for(op), lambda v: v.rank > 0 and v.array.size <= 2000,
               lambda: values.shape(b.random, b.choice((1, 2, 3)), 300))
    axis = b.axis(x.rank, negative=b.opset >= 11) if b.chance(0.6) else None
    extent = x.array.size if axis is None else x.shape[axis]
    b.node(op, [x, _leaf(b, BOOL, (b.random.randint(min(1, extent), extent),))], axis=axis)


@generates("Unique")
def unique(b, op):
    shape = values.shape(b.random, b.choice((1, 2, 3)), 300)
    few = b.chance(0.6)
    array = b.tensor(b.choice((FLOAT, INT64)), shape)
    if few:
        array = np.asarray(b.generator.integers(0, 3, shape), dtype=array.dtype).reshape(shape)
    axis = b.axis(len(shape)) if b.chance(0.5) else None
    b.node(op, [b.leaf(array)], 4, axis=axis, sorted=b.choice((None, 0, 1)))


@generates("NonMaxSuppression")
def non_max_suppression(b, op):
    batches, classes, boxes = b.choice((1, 1, 2)), b.choice((1, 1, 3)), b.random.randint(1, 12)
    eighths = lambda shape: b.leaf(np.asarray(b.generator.integers(0, 24, shape) / 8, dtype=FLOAT), b.chance(0.2))
    operands = [eighths((batches, boxes, 4)), eighths((batches, classes, boxes))]
    if b.chance(0.9):
        operands.append(b.leaf(np.asarray([b.choice((1, 2, 5, 100))], dtype=INT64), b.chance(0.7)))
        if b.chance(0.9):
            operands.append(b.leaf(np.asarray([b.choice((0.3137, 0.6137))], dtype=FLOAT), b.chance(0.7)))
            if b.chance(0.6):
                operands.append(b.leaf(np.asarray([b.choice((0.3, 1.7))], dtype=FLOAT), b.chance(0.7)))
    b.node(op, operands, center_point_box=b.choice((None, 0, 1)))


@generates("RoiAlign")
def roi_align(b, op):
    shape = (b.choice((1, 2)), b.choice((1, 3)), b.random.randint(1, 8), b.random.randint(1, 8))
    count = b.random.randint(1, 4)
    corners = b.generator.uniform(0, 7, (count, 2))
    regions = np.concatenate([corners, corners + b.generator.uniform(0.1, 7, (count, 2))], axis=1).astype(FLOAT)
    attributes = {} if b.opset < 16 else {
        "coordinate_transformation_mode": b.choice((None, "half_pixel", "output_half_pixel"))}
    b.node(op, [_leaf(b, FLOAT, shape), b.leaf(regions),
                b.leaf(np.asarray(b.generator.integers(0, shape[0], count), dtype=INT64))],
           mode=b.choice((None, "avg", "max")), output_height=b.choice((None, 2, 3)), output_width=b.choice((None, 1, 4)),
           sampling_ratio=b.choice((None, 1, 2)), spatial_scale=b.choice((None, 0.5, 1.0)), **attributes)


@generates("MaxUnpool")
def max_unpool(b, op):
    spatial = b.choice((1, 2))
    shape = (b.choice((1, 2)), b.choice((1, 2)), *(b.random.randint(1, 4) for _ in range(spatial)))
    kernel = [b.choice((1, 2, 3)) for _ in range(spatial)]
    strides = [b.choice((1, 2)) for _ in range(spatial)]
    whole = [*shape[:2], *((n - 1) * s + k for n, s, k in zip(shape[2:], strides, kernel))]
    places = b.generator.permutation(int(np.prod(whole)))[:int(np.prod(shape))].reshape(shape)
    b.node(op, [_leaf(b, FLOAT, shape), b.leaf(np.asarray(places, dtype=INT64))], kernel_shape=kernel,
           strides=strides if b.chance(0.8) or strides != [1] * spatial else None)


def scatter(b, op):
    """A scatter whose indices may be known only when the model runs, and may occur several times."""
    dtype = b.choice((FLOAT, FLOAT, INT64, INT32))
    shape = values.shape(b.random, b.choice((1, 2, 3)), 300)
    first = 18 if op == "ScatterElements" else 16
    reduction = None
    if b.opset >= first:
        reduction = b.choice((None, "none", "add", "mul") + (("max", "min") if b.opset >= 18 else ()))
    # Multiples of 1/2, whose sums and products are exact in any order.
    tensor = lambda s: _leaf(b, dtype, s, "grid" if dtype == FLOAT else "plain")
    itype = b.choice((INT32, INT64)) if op == "ScatterElements" else INT64
    if op == "ScatterElements":
        axis = b.random.randrange(len(shape))
        part = [b.random.randint(1, n) for n in shape]
        indices = b.generator.integers(-shape[axis], shape[axis], part)
        operands, attributes = [part], {"axis": axis}
    else:
        named, count = b.random.randint(1, len(shape)), b.random.randint(1, 5)
        indices = np.stack([b.generator.integers(-n, n, count) for n in shape[:named]], axis=-1)
        operands, attributes = [(count, *shape[named:])], {}
    b.node(op, [tensor(shape), b.leaf(np.asarray(indices, dtype=itype), b.chance(0.3)), tensor(operands[0])],
           reduction=reduction, **attributes)
