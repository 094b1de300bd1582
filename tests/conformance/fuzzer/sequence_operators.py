"""Random nodes of the operators on sequences and optionals, and of those that place windows, blocks and caches."""

import numpy as np
from onnx import helper

from fuzzer import values
from fuzzer.composite_operators import _body, _info, _plain
from fuzzer.operators import generates
from fuzzer.values import FLOAT, INT64

# A value of the builder is a tensor. So sequences are made and used in the branch of an If that is known to be taken.


class _Branch:
    """The nodes of a branch, which read constants of their own."""

    def __init__(self, b):
        self.b, self.nodes = b, []

    def add(self, op, inputs, **attributes):
        name = f"s{len(self.b.nodes)}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [name], **{k: v for k, v in attributes.items() if v is not None}))
        return name

    def number(self, number):
        return self.add("Constant", [], value=helper.make_tensor("", 7, np.shape(number), np.ravel(number).tolist()))

    def finish(self, result, array):
        """Makes the If whose branches both end in `result`, a name of a tensor like `array`."""
        b = self.b
        other = helper.make_node("Constant", [], ["other"], value=b.tensor_proto(np.zeros_like(array), ""))
        body = _body(b, self.nodes, [], [_info(result, array.dtype, array.shape)])
        b.node("If", [b.constant(np.asarray(True))], then_branch=body,
               else_branch=_body(b, [other], [], [_info("other", array.dtype, array.shape)]))


def _sequences(b, _):
    array = b.tensor(b.choice((FLOAT, INT64)), (b.random.randint(2, 6), b.random.randint(1, 4)), "plain")
    s, rows = _Branch(b), array.shape[0]
    x = s.add("Constant", [], value=b.tensor_proto(array, ""))
    keeps = b.choice((None, 1, 0))
    kind = b.choice((None, "size", "sizes"))
    if kind == "sizes":
        cut = b.random.randint(1, rows - 1)
        parts = [array[:cut], array[cut:]]
        sequence = s.add("SplitToSequence", [x, s.number([cut, rows - cut])], axis=b.choice((0, -2)))
    elif kind == "size":
        size = b.random.randint(1, rows)
        parts = [array[i:i + size] for i in range(0, rows, size)]
        sequence = s.add("SplitToSequence", [x, s.number(size)], keepdims=keeps)
    else:
        parts = [array[i] if keeps == 0 else array[i:i + 1] for i in range(rows)]
        sequence = s.add("SplitToSequence", [x], keepdims=keeps)
    if b.chance(0.4):
        empty = s.add("SequenceEmpty", [], dtype=helper.np_dtype_to_tensor_dtype(array.dtype))
        for i in range(len(parts)):
            empty = s.add("SequenceInsert", [empty, s.add("SequenceAt", [sequence, s.number(i)])])
        sequence = empty
    for _ in range(b.random.randint(0, 3)):
        n, what = len(parts), b.choice(("insert", "erase", "construct"))
        place = b.random.randint(-n, n - 1)
        if what == "insert":
            new = s.add("SequenceAt", [sequence, s.number(place)])
            added, at = parts[place], b.random.randint(-n, n - 1)  # the evaluator is wrong for n
            parts = list(parts)
            parts.insert(at, added)
            sequence = s.add("SequenceInsert", [sequence, new, s.number(at)])
        elif what == "erase" and n > 1:
            parts = [part for i, part in enumerate(parts) if i != place % n]
            sequence = s.add("SequenceErase", [sequence, s.number(place)])
        elif what == "construct":
            names = [s.add("SequenceAt", [sequence, s.number(i)]) for i in range(n)]
            sequence = s.add("SequenceConstruct", names)
    if b.chance(0.3) and b.opset >= 17:
        negated = _body(b, [helper.make_node("Neg", ["in"], ["out"])], [_info("in", array.dtype, None)],
                        [_info("out", array.dtype, None)])
        sequence, parts = s.add("SequenceMap", [sequence], body=negated), [-part for part in parts]
    ends = ["join", "at", "length"] + (["has"] if b.opset >= 15 else [])
    end = b.choice(ends)
    if end == "join":
        stacks = len({part.shape for part in parts}) == 1 and b.chance(0.5)
        joined = np.stack(parts, axis=0) if stacks else np.concatenate(parts, axis=0)
        return s.finish(s.add("ConcatFromSequence", [sequence], axis=0, new_axis=1 if stacks else None), joined)
    if end == "length":
        return s.finish(s.add("SequenceLength", [sequence]), np.asarray(len(parts), dtype=INT64))
    if end == "has":
        return s.finish(s.add("OptionalHasElement", [s.add("Optional", [sequence])]), np.asarray(True))
    place = b.random.randint(-len(parts), len(parts) - 1)
    element = s.add("SequenceAt", [sequence, s.number(place)])
    if b.opset >= 18 and b.chance(0.5):  # the evaluator makes a list of an Optional, which it does not take back
        element = s.add("OptionalGetElement", [element])
    return s.finish(element, parts[place])


for _name in ("SequenceEmpty", "SequenceConstruct", "SequenceInsert", "SequenceErase", "SequenceAt", "SequenceLength",
              "SequenceMap", "SplitToSequence", "ConcatFromSequence", "Optional", "OptionalGetElement",
              "OptionalHasElement"):
    generates(_name)(_sequences)


@generates("Swish")
def swish(b, op):
    b.node(op, [b.pick(FLOAT)], alpha=b.choice((None, 0.5, 1.702)))


@generates("TensorScatter")
def tensor_scatter(b, op):
    rank = b.choice((3, 4))
    shape = [b.choice((1, 2)), *(b.random.randint(1, 4) for _ in range(rank - 1))]
    axis = b.random.randrange(1, rank)
    shape[axis] = b.random.randint(2, 8)
    update = list(shape)
    update[axis] = b.random.randint(1, shape[axis])
    mode = b.choice((None, "linear", "circular"))
    last = shape[axis] - 1 if mode == "circular" else shape[axis] - update[axis]
    starts = b.leaf(np.asarray(b.generator.integers(0, last + 1, shape[0]), dtype=INT64)) if b.chance(0.8) else None
    b.node(op, [_plain(b, shape), _plain(b, update), starts], axis=b.choice((axis, axis - rank)), mode=mode)


@generates("CenterCropPad")
def center_crop_pad(b, op):
    x = b.pick(b.choice((FLOAT, INT64)), lambda v: v.rank > 0 and 0 < v.array.size < 400,
               lambda: values.shape(b.random, b.choice((1, 2, 3)), 200))
    axes = b.axes(x.rank) if b.chance(0.5) else None
    count = x.rank if axes is None else len(axes)
    b.node(op, [x, b.ints([b.random.randint(1, 9) for _ in range(count)])], axes=axes)


@generates("Col2Im")
def col2im(b, op):
    rank = b.choice((1, 2, 2, 3))
    block = [b.choice((1, 2, 3)) for _ in range(rank)]
    strides, dilations = ([b.choice((1, 2)) for _ in range(rank)] for _ in range(2))
    pads = [b.choice((0, 0, 1)) for _ in range(2 * rank)]
    image = [(k - 1) * d + 1 + b.random.randint(0, 4) for k, d in zip(block, dilations)]
    counts = [(n + p + q - (k - 1) * d - 1) // s + 1
              for n, p, q, k, d, s in zip(image, pads, pads[rank:], block, dilations, strides)]
    channels = b.choice((1, 2))
    # Halves, whose sums are exact in any order.
    x = b.leaf(b.tensor(FLOAT, (b.choice((1, 2)), channels * int(np.prod(block)), int(np.prod(counts))), "grid"))
    b.node(op, [x, b.ints(image), b.ints(block)], strides=strides, dilations=dilations, pads=pads)


@generates("GlobalLpPool")
def global_lp_pool(b, op):
    b.node(op, [_plain(b, (b.choice((1, 2)), b.choice((1, 3)), *(b.random.randint(1, 5) for _ in range(b.choice((1, 2))))))],
           p=b.choice((None, 1, 2, 3)))


@generates("LpPool")
def lp_pool(b, op):
    rank = b.choice((1, 2))
    kernel = [b.choice((1, 2, 3)) for _ in range(rank)]
    shape = (b.choice((1, 2)), b.choice((1, 3)), *(k + b.random.randint(0, 5) for k in kernel))
    b.node(op, [_plain(b, shape)], kernel_shape=kernel, p=b.choice((None, 1, 2, 3)),
           strides=[b.choice((1, 2)) for _ in range(rank)], pads=[b.choice((0, 0, 1)) if k > 1 else 0 for k in kernel * 2])


@generates("CumProd")
def cumulative_product(b, op):
    x = b.leaf(b.tensor(b.choice((FLOAT, INT64)), values.shape(b.random, b.choice((1, 2)), 60), "plain"))
    b.node(op, [x, b.constant(np.asarray(b.axis(x.rank), dtype=INT64))], exclusive=b.choice((None, 0, 1)),
           reverse=b.choice((None, 0, 1)))


