"""Makes the ONNX model and the data of a kernel, and computes its result in double precision.

The models use opset 17. Where ONNX has no operator for a kernel there (attention, RMS norm, GELU), the model spells it
out as exporters do, and every peer may fuse what it recognises.
"""
import functools
import math

import numpy as np
import onnx
from onnx import helper, numpy_helper

import kernels

OPSET = 17


def make_data(operator, seed=1):
    """Random float32 arrays: the activations by name, and the constants by name."""
    random = np.random.default_rng(seed)

    def draw(shapes, scale=1.0):
        return {name: (random.standard_normal(shape) * scale).astype(np.float32) for name, shape in shapes.items()}

    return draw(operator.inputs()), draw(operator.constants(), 0.1)


def write_model(operator, constants, path):
    """Writes the model: the operator's inputs and one output, `y`."""
    nodes, more_constants = _nodes(operator)
    initializers = [numpy_helper.from_array(a, name) for name, a in {**constants, **more_constants}.items()]
    inputs = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
              for name, shape in operator.inputs().items()]
    output = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, operator.output())
    graph = helper.make_graph(nodes, path.stem, inputs, [output], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def compute_reference(operator, inputs, constants):
    """The result in double precision."""
    return _reference(operator, **{name: a.astype(np.float64) for name, a in {**inputs, **constants}.items()})


def _scalar(value, kind=np.float32):
    return np.array(value, kind)


def _swap_last(rank):
    return [*range(rank - 2), rank - 1, rank - 2]


# ---- ONNX: returns the nodes, and constants other than the kernel's own.

@functools.singledispatch
def _nodes(operator):
    raise NotImplementedError(type(operator).__name__)


@_nodes.register
def _(o: kernels.Conv):
    rank = len(o.size)
    return [helper.make_node("ConvTranspose" if o.transposed else "Conv", ["x", "w", "bias"], ["y"],
                             kernel_shape=[o.kernel] * rank, strides=[o.stride] * rank, dilations=[o.dilation] * rank,
                             pads=[o.padding] * 2 * rank, group=o.groups)], {}


@_nodes.register
def _(o: kernels.Gemm):
    return [helper.make_node("MatMul", ["x", "w"], ["y"])], {}


@_nodes.register
def _(o: kernels.BatchGemm):
    nodes, order = [], _swap_last(len(o.batch) + 2)
    operands = []
    for name, transposed in (("a", o.transposed_a), ("b", o.transposed_b)):
        if transposed:
            nodes.append(helper.make_node("Transpose", [name], [name + "_t"], perm=order))
        operands.append(name + "_t" if transposed else name)
    return [*nodes, helper.make_node("MatMul", operands, ["y"])], {}


@_nodes.register
def _(o: kernels.Attention):
    return [helper.make_node("Transpose", ["k"], ["kt"], perm=_swap_last(3)),
            helper.make_node("MatMul", ["q", "kt"], ["scores"]),
            helper.make_node("Mul", ["scores", "factor"], ["scaled"]),
            helper.make_node("Softmax", ["scaled"], ["weights"], axis=-1),
            helper.make_node("MatMul", ["weights", "v"], ["y"])], {"factor": _scalar(1 / math.sqrt(o.width))}


@_nodes.register
def _(o: kernels.Softmax):
    return [helper.make_node("Softmax", ["x"], ["y"], axis=o.axis)], {}


@_nodes.register
def _(o: kernels.LayerNorm):
    return [helper.make_node("LayerNormalization", ["x", "scale", "shift"], ["y"], axis=-1,
                             epsilon=kernels.EPSILON)], {}


@_nodes.register
def _(o: kernels.RmsNorm):
    return [helper.make_node("Mul", ["x", "x"], ["squares"]),
            helper.make_node("ReduceMean", ["squares"], ["mean"], axes=[-1], keepdims=1),
            helper.make_node("Add", ["mean", "epsilon"], ["raised"]),
            helper.make_node("Sqrt", ["raised"], ["root"]),
            helper.make_node("Div", ["x", "root"], ["normal"]),
            helper.make_node("Mul", ["normal", "scale"], ["y"])], {"epsilon": _scalar(kernels.EPSILON)}


@_nodes.register
def _(o: kernels.Gelu):
    return [helper.make_node("Div", ["x", "root"], ["scaled"]), helper.make_node("Erf", ["scaled"], ["erf"]),
            helper.make_node("Add", ["erf", "one"], ["raised"]), helper.make_node("Mul", ["x", "raised"], ["twice"]),
            helper.make_node("Mul", ["twice", "half"], ["y"])], {
                "root": _scalar(math.sqrt(2)), "one": _scalar(1), "half": _scalar(0.5)}


@_nodes.register
def _(o: kernels.Transpose):
    return [helper.make_node("Transpose", ["x"], ["y"], perm=o.order)], {}


@_nodes.register
def _(o: kernels.Pool):
    rank = len(o.size)
    return [helper.make_node("AveragePool" if o.mean else "MaxPool", ["x"], ["y"], kernel_shape=[o.kernel] * rank,
                             strides=[o.stride] * rank, pads=[o.padding] * 2 * rank)], {}


@_nodes.register
def _(o: kernels.Reduce):
    return [helper.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=1)], {"axes": _scalar([o.axis], np.int64)}


@_nodes.register
def _(o: kernels.Elementwise):
    return [helper.make_node("Mul", ["x", "scale"], ["scaled"]), helper.make_node("Add", ["scaled", "shift"], ["sum"]),
            helper.make_node("Add", ["sum", "z"], ["total"]), helper.make_node("Relu", ["total"], ["y"])], {}


@_nodes.register
def _(o: kernels.Concat):
    return [helper.make_node("Concat", ["x", "z"], ["y"], axis=o.axis)], {}


# ---- The same in numpy, on double precision.

@functools.singledispatch
def _reference(operator, **_):
    raise NotImplementedError(type(operator).__name__)


def _windows(x, o, fill):
    """For each position in the window: its index, and the elements of the padded `x` that it meets, one an output."""
    spatial = o.output()[2:]
    border = [(0, 0), (0, 0)] + [(o.padding, o.padding)] * len(spatial)
    padded = np.pad(x, border, constant_values=fill)
    dilation = getattr(o, "dilation", 1)
    for index in np.ndindex(*(o.kernel,) * len(spatial)):
        cut = tuple(slice(i * dilation, i * dilation + (size - 1) * o.stride + 1, o.stride)
                    for i, size in zip(index, spatial))
        yield index, padded[(slice(None), slice(None), *cut)]


@_reference.register
def _(o: kernels.Conv, x, w, bias):
    spread = bias.reshape(1, -1, *[1] * len(o.size))
    if o.transposed:
        full = np.zeros((1, o.filters, *((s - 1) * o.stride + o.kernel for s in o.size)))
        for index in np.ndindex(*w.shape[2:]):
            cut = tuple(slice(i, i + (s - 1) * o.stride + 1, o.stride) for i, s in zip(index, o.size))
            full[(slice(None), slice(None), *cut)] += np.moveaxis(np.tensordot(x, w[(..., *index)], ([1], [0])), -1, 1)
        inner = tuple(slice(o.padding, size - o.padding) for size in full.shape[2:])
        return full[(slice(None), slice(None), *inner)] + spread
    y = np.zeros((o.groups, o.filters // o.groups, math.prod(o.output()[2:])))
    for index, part in _windows(x, o, 0.0):
        weights = w[(..., *index)].reshape(o.groups, o.filters // o.groups, -1)
        y += weights @ part.reshape(o.groups, o.channels // o.groups, -1)
    return y.reshape(o.output()) + spread


@_reference.register
def _(o: kernels.Gemm, x, w):
    return x @ w


@_reference.register
def _(o: kernels.BatchGemm, a, b):
    return (np.swapaxes(a, -1, -2) if o.transposed_a else a) @ (np.swapaxes(b, -1, -2) if o.transposed_b else b)


def _softmax(x, axis):
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


@_reference.register
def _(o: kernels.Attention, q, k, v):
    return _softmax(q @ np.swapaxes(k, -1, -2) / math.sqrt(o.width), -1) @ v


@_reference.register
def _(o: kernels.Softmax, x):
    return _softmax(x, o.axis)


@_reference.register
def _(o: kernels.LayerNorm, x, scale, shift):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred ** 2).mean(-1, keepdims=True) + kernels.EPSILON) * scale + shift


@_reference.register
def _(o: kernels.RmsNorm, x, scale):
    return x / np.sqrt((x ** 2).mean(-1, keepdims=True) + kernels.EPSILON) * scale


@_reference.register
def _(o: kernels.Gelu, x):
    return x * 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


@_reference.register
def _(o: kernels.Transpose, x):
    return x.transpose(o.order)


@_reference.register
def _(o: kernels.Pool, x):
    parts = [part for _, part in _windows(x, o, 0.0 if o.mean else -np.inf)]
    return np.mean(parts, 0) if o.mean else np.max(parts, 0)


@_reference.register
def _(o: kernels.Reduce, x):
    return x.sum(o.axis, keepdims=True)


@_reference.register
def _(o: kernels.Elementwise, x, z, scale, shift):
    return np.maximum(x * scale + shift + z, 0)


@_reference.register
def _(o: kernels.Concat, x, z):
    return np.concatenate([x, z], o.axis)
