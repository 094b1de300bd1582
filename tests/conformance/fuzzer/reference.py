"""Computes what a model must give, with ONNX's reference evaluator node by node. A table lists the evaluator's known
errors.

A node is evaluated once without changes, and several more times with added rounding errors (tolerance.py).
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from fuzzer import portable_reference

# ---- Operators for which the reference evaluator deviates from ONNX's text, or which the text does not define fully


def _statistics_given(evaluator, node, opset, inputs):
    """Up to opset 13 the evaluator computes training if there is a momentum, which every node has. Inference does not."""
    del evaluator, opset
    x, scale, bias, mean, variance = inputs
    epsilon = attribute(node, "epsilon", 1e-5)
    along = (-1,) + (1,) * (x.ndim - 2)
    scale, bias, mean, variance = (v.reshape(along) for v in (scale, bias, mean, variance))
    return [(scale * (x - mean) / np.sqrt(variance + np.float32(epsilon)) + bias).astype(x.dtype)]


def _flattened_softmax(evaluator, node, opset, inputs):
    """Up to opset 12 a softmax is computed over all dimensions from `axis` on, but the evaluator implements only the new
    form. It also treats an axis of 0 as if it were left out."""
    del evaluator
    x = inputs[0]
    axis = attribute(node, "axis", 1 if opset < 13 else -1)
    if x.size == 0:
        return [x]
    if opset < 13:
        axis %= x.ndim
        flat = x.reshape((int(np.prod(x.shape[:axis])), int(np.prod(x.shape[axis:]))))
        axis = 1
    else:
        flat = x
    shifted = flat - flat.max(axis=axis, keepdims=True)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=axis, keepdims=True)
    result = exponentials / total if node.op_type == "Softmax" else shifted - np.log(total)
    return [result.astype(x.dtype).reshape(x.shape)]


def _log_sum_exp(evaluator, node, opset, inputs):
    """The evaluator gives NaN if all terms are -inf, although log(0 + ... + 0) is -inf. It fails on a scalar."""
    del evaluator, opset
    x = inputs[0]
    axes = _reduced_axes(node, inputs)
    if axes is None:
        axes = ()
    largest = x.max(axis=axes, keepdims=True, initial=-np.inf)
    shift = np.where(np.isfinite(largest), largest, np.float32(0))
    result = np.log(np.exp(x - shift).sum(axis=axes, keepdims=True)) + shift
    if not attribute(node, "keepdims", 1):
        result = result.squeeze(axis=axes)
    return [result.astype(x.dtype)]


def _prelu(evaluator, node, opset, inputs):
    """The result for a zero is the zero. The evaluator multiplies it by the slope, which gives NaN if that is infinite."""
    del evaluator, node, opset
    x, slope = inputs
    return [np.where(x < 0, slope * x, x)]


def _power(evaluator, node, opset, inputs):
    """The evaluator computes x^0.5 as a square root, which is NaN for -inf. It also converts integer exponents to floats,
    and those that float64 cannot represent become even."""
    x, exponent = inputs
    if x.dtype != np.float32:
        return [np.asarray(value) for value in evaluator.run(*inputs)]
    del evaluator, node, opset
    wide = np.broadcast_to(exponent.astype(np.float64), np.broadcast_shapes(x.shape, exponent.shape)).copy()
    result = np.asarray(np.float_power(x.astype(np.float64), wide)).astype(np.float32)
    if exponent.dtype == np.int64:
        is_negative = np.signbit(x) & ~np.isnan(x) & (exponent % 2 == 1)
        result = np.where(np.abs(wide) < 2.0**53, result,
                          np.copysign(result, np.where(is_negative, np.float32(-1), result)))
    return [result]


def _softsign(evaluator, node, opset, inputs):
    """The evaluator fails on a scalar."""
    del evaluator, node, opset
    return [np.asarray(inputs[0] / (1 + np.abs(inputs[0])), dtype=inputs[0].dtype)]


def _same_type(evaluator, node, opset, inputs):
    """The evaluator returns the sum of int32 as int64."""
    del node, opset
    return [np.asarray(value, dtype=inputs[0].dtype) for value in evaluator.run(*inputs)]


def _whole_mean(evaluator, node, opset, inputs):
    """The evaluator divides integers as floats, which cannot represent large ones."""
    del opset
    x = inputs[0]
    axes = _reduced_axes(node, inputs)
    if x.dtype == np.float32 or axes is None or x.size == 0:
        return [np.asarray(value) for value in evaluator.run(*inputs)]
    total = x.sum(axis=axes, keepdims=bool(attribute(node, "keepdims", 1)), dtype=x.dtype)
    count = int(np.prod([x.shape[axis] for axis in axes]))
    quotient = np.abs(total.astype(object)) // count
    return [np.asarray(np.where(total < 0, -quotient, quotient)).astype(x.dtype)]


def _reduced_axes(node, inputs):
    """Returns the reduced axes, or None if there is no reduction."""
    axes = attribute(node, "axes", None)
    if len(inputs) > 1 and inputs[1] is not None:
        axes = [int(axis) for axis in inputs[1]]
    if not axes:
        if attribute(node, "noop_with_empty_axes", 0):
            return None
        axes = range(inputs[0].ndim)
    return tuple(axis % inputs[0].ndim for axis in axes)


def _broadcasting_mean(evaluator, node, opset, inputs):
    """The evaluator adds into its first operand's array, which fails if the result is larger."""
    del evaluator, node, opset
    total = inputs[0]
    for value in inputs[1:]:
        total = total + value
    return [np.asarray(total / np.float32(len(inputs)), dtype=inputs[0].dtype)]


def _global_maximum(evaluator, node, opset, inputs):
    """The evaluator loses a dimension if there is only one after the channels."""
    del evaluator, node, opset
    return [inputs[0].max(axis=tuple(range(2, inputs[0].ndim)), keepdims=True)]


def _unsqueeze(evaluator, node, opset, inputs):
    """The evaluator inserts one axis after another in the given order. But the axes are those of the result, in any
    order."""
    del evaluator, opset
    x = inputs[0]
    axes = attribute(node, "axes", None) if len(inputs) < 2 else [int(n) for n in inputs[1]]
    return [np.expand_dims(x, tuple(axes))]


def _flatten(evaluator, node, opset, inputs):
    """The evaluator fails on tensors without elements."""
    del evaluator, opset
    x = inputs[0]
    axis = attribute(node, "axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    return [x.reshape(int(np.prod(x.shape[:axis])), int(np.prod(x.shape[axis:])))]


def _squeeze(evaluator, node, opset, inputs):
    """The evaluator removes one axis after another, and counts the axes again each time."""
    del evaluator, opset
    x = inputs[0]
    axes = attribute(node, "axes", None) if len(inputs) < 2 else [int(n) for n in inputs[1]]
    return [np.squeeze(x, axis=None if axes is None else tuple(axes))]


def _shape(evaluator, node, opset, inputs):
    """The evaluator does not clamp start and end."""
    del evaluator, opset
    rank = inputs[0].ndim
    start, end = (min(max(n + rank if n < 0 else n, 0), rank)
                  for n in (attribute(node, "start", 0), attribute(node, "end", rank)))
    return [np.asarray(inputs[0].shape[start:max(start, end)], dtype=np.int64)]


def _saturating_cast(evaluator, node, opset, inputs):
    """ONNX does not define which integer a float outside of its range, or NaN, becomes. Here it is the nearest, or 0."""
    del opset
    x = inputs[0]
    if x.dtype != np.float32 or np.issubdtype(_cast_type(node, inputs), np.floating):
        return [np.asarray(value) for value in evaluator.run(*inputs)]
    dtype = _cast_type(node, inputs)
    if dtype == np.bool_:
        return [x != 0]
    range_of = np.iinfo(dtype)
    wide = np.where(np.isnan(x), 0, x).astype(np.float64)
    inside = (wide >= range_of.min) & (wide < -float(range_of.min))
    result = np.where(inside, wide, 0).astype(dtype)
    return [np.where(inside, result, np.where(wide < 0, range_of.min, range_of.max)).astype(dtype)]


def _cast_type(node, inputs):
    return inputs[1].dtype if node.op_type == "CastLike" else helper.tensor_dtype_to_np_dtype(attribute(node, "to", 1))


def _float_mask(evaluator, node, opset, inputs):
    """The mask is boolean from opset 10 on. Before, it has the type of the data."""
    del evaluator, opset
    return [inputs[0], np.ones_like(inputs[0])][: len(node.output)]


def _slice(evaluator, node, opset, inputs):
    """The evaluator slices as NumPy does, but ONNX clamps a start into [0, size - 1] if the step is negative."""
    del evaluator
    x = inputs[0]
    operands = [None if v is None else [int(n) for n in v] for v in inputs[1:]]
    if opset < 10:
        operands = [attribute(node, name, None) for name in ("starts", "ends", "axes")]
    starts, ends, axes, steps = (operands + [None, None])[:4]
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    slices = [slice(None)] * x.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps):
        size = x.shape[axis]
        start, end = (n + size if n < 0 else n for n in (start, end))
        if step > 0:
            slices[axis] = slice(min(max(start, 0), size), min(max(end, 0), size), step)
        else:
            end = min(max(end, -1), size - 1)
            slices[axis] = slice(min(max(start, 0), max(size - 1, 0)), None if end == -1 else end, step)
    return [x[tuple(slices)]]


def _dilated_convolution(evaluator, node, opset, inputs):
    """The evaluator fills a dilated kernel with zeros, so that infinities which must not be read become NaN (0 * inf)."""
    x, weights, bias = (*inputs, None)[:3]
    kernel = weights.shape[2:]
    rank = len(kernel)
    dilations, strides = attribute(node, "dilations", [1] * rank), attribute(node, "strides", [1] * rank)
    if all(d == 1 for d in dilations):
        return [np.asarray(value) for value in evaluator.run(*inputs)]
    del evaluator, opset
    pads, auto = attribute(node, "pads", [0] * (2 * rank)), attribute(node, "auto_pad", b"NOTSET").decode()
    widths, sizes = [(0, 0), (0, 0)], []
    for d, size in enumerate(x.shape[2:]):
        reach = (kernel[d] - 1) * dilations[d] + 1
        low, high = (pads[d], pads[d + rank]) if auto == "NOTSET" else (0, 0)
        if auto.startswith("SAME"):
            total = max(0, (-(-size // strides[d]) - 1) * strides[d] + reach - size)
            low = total // 2 if auto == "SAME_UPPER" else total - total // 2
            high = total - low
        widths.append((low, high))
        sizes.append((size + low + high - reach) // strides[d] + 1)
    padded = np.pad(x, widths)
    groups = attribute(node, "group", 1)
    each = weights.shape[0] // groups
    result = np.zeros((x.shape[0], weights.shape[0], *sizes), dtype=x.dtype)
    for place in np.ndindex(*kernel):
        part = padded[(slice(None), slice(None)) + tuple(
            slice(k * d, k * d + (n - 1) * s + 1, s) for k, d, n, s in zip(place, dilations, sizes, strides))]
        for g in range(groups):
            w = weights[(slice(g * each, (g + 1) * each), slice(None)) + place]
            channels = part[:, g * weights.shape[1]:(g + 1) * weights.shape[1]]
            result[:, g * each:(g + 1) * each] += np.einsum("oc,nc...->no...", w, channels)
    if bias is not None:
        result += bias.reshape((-1,) + (1,) * rank)
    return [result]


def _transposed_convolution(evaluator, node, opset, inputs):
    """The evaluator knows neither groups with dilations nor auto_pad with output_shape."""
    del evaluator, opset
    x, weights, bias = (*inputs, None)[:3]
    rank, kernel, groups = x.ndim - 2, weights.shape[2:], attribute(node, "group", 1)
    strides, dilations = attribute(node, "strides", [1] * rank), attribute(node, "dilations", [1] * rank)
    pads, auto = attribute(node, "pads", [0] * (2 * rank)), attribute(node, "auto_pad", b"NOTSET").decode()
    wanted, more = attribute(node, "output_shape", None), attribute(node, "output_padding", [0] * rank)
    whole = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in zip(x.shape[2:], strides, kernel, dilations)]
    lows, sizes = [], []
    for d, size in enumerate(whole):
        if wanted is None and not auto.startswith("SAME"):
            low, high = (pads[d], pads[d + rank]) if auto == "NOTSET" else (0, 0)
            lows.append(low)
            sizes.append(size + more[d] - low - high)
            continue
        sizes.append(x.shape[d + 2] * strides[d] if wanted is None else wanted[-rank:][d])
        total = max(0, size + more[d] - sizes[d])
        lows.append(total // 2 if auto == "SAME_UPPER" else total - total // 2)
    room = [max(size, low + n) for size, low, n in zip(whole, lows, sizes)]
    each = weights.shape[1]
    result = np.zeros((x.shape[0], each * groups, *room), dtype=x.dtype)
    for place in np.ndindex(*kernel):
        at = (slice(None),) + tuple(
            slice(k * d, k * d + (n - 1) * s + 1, s) for k, d, n, s in zip(place, dilations, x.shape[2:], strides))
        for g in range(groups):
            channels = slice(g * x.shape[1] // groups, (g + 1) * x.shape[1] // groups)
            part = np.einsum("co,nc...->no...", weights[(channels, slice(None)) + place], x[:, channels])
            result[:, g * each:(g + 1) * each][(slice(None),) + at] += part
    result = result[(slice(None), slice(None)) + tuple(slice(low, low + n) for low, n in zip(lows, sizes))]
    if bias is not None:
        result = result + bias.reshape((-1,) + (1,) * rank)
    return [result]


def _pool(evaluator, node, opset, inputs):
    """The evaluator computes wrong sizes for auto_pad, for ceil_mode, and if a window covers only padding."""
    del evaluator, opset
    x = inputs[0]
    kernel = attribute(node, "kernel_shape", None)
    rank = len(kernel)
    strides, dilations = attribute(node, "strides", [1] * rank), attribute(node, "dilations", [1] * rank)
    pads = attribute(node, "pads", [0] * (2 * rank))
    auto = attribute(node, "auto_pad", b"NOTSET").decode()
    average = node.op_type == "AveragePool"
    places = []  # for each dimension and each output: the places of its window, and how many of them count
    for d, size in enumerate(x.shape[2:]):
        reach = (kernel[d] - 1) * dilations[d] + 1
        low, high = (pads[d], pads[d + rank]) if auto == "NOTSET" else (0, 0)
        if auto.startswith("SAME"):
            count = -(-size // strides[d])
            total = max(0, (count - 1) * strides[d] + reach - size)
            low = total // 2 if auto == "SAME_UPPER" else total - total // 2
            high = total - low
        room = size + low + high - reach
        count = room // strides[d] + 1
        if attribute(node, "ceil_mode", 0):
            count = -(-room // strides[d]) + 1
            if (count - 1) * strides[d] >= size + low:  # it would begin in the padding after the input
                count -= 1
        windows = []
        for i in range(count):
            indices = [i * strides[d] - low + k * dilations[d] for k in range(kernel[d])]
            inside = [n for n in indices if 0 <= n < size]
            counted = sum(-low <= n < size + high for n in indices) if attribute(node, "count_include_pad", 0) else len(inside)
            windows.append((inside, counted))
        places.append(windows)
    result = np.empty(x.shape[:2] + tuple(len(windows) for windows in places), dtype=x.dtype)
    for index in np.ndindex(result.shape[2:]):
        part, counted = x, 1
        for d, i in enumerate(index):
            inside, number = places[d][i]
            part = np.take(part, inside, axis=d + 2)
            counted *= number
        axes = tuple(range(2, x.ndim))
        at = (slice(None), slice(None)) + index
        if average:
            result[at] = part.sum(axis=axes) / np.float32(counted)
        else:
            result[at] = part.max(axis=axes, initial=-np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min)
    return [result]


def _lp_normalization(evaluator, node, opset, inputs):
    """The evaluator does not take absolute values for p = 1, and divides by norms of 0."""
    del evaluator, opset
    x = inputs[0]
    axis = attribute(node, "axis", -1)
    size = np.abs(x) if attribute(node, "p", 2) == 1 else x * x
    norm = size.sum(axis=axis, keepdims=True)
    norm = norm if attribute(node, "p", 2) == 1 else np.sqrt(norm)
    return [np.asarray(x / np.where(norm == 0, np.float32(1), norm), dtype=x.dtype)]


def _local_response(evaluator, node, opset, inputs):
    """The evaluator computes only as many channels as there are images."""
    del evaluator, opset
    x, size = inputs[0], attribute(node, "size", 1)
    squares = np.zeros_like(x)
    for c in range(x.shape[1]):
        window = x[:, max(0, c - (size - 1) // 2):c + (size - 1) - (size - 1) // 2 + 1]
        squares[:, c] = (window * window).sum(axis=1)
    scale = attribute(node, "bias", 1.0) + attribute(node, "alpha", 1e-4) / size * squares
    return [np.asarray(x / np.power(scale, attribute(node, "beta", 0.75)), dtype=x.dtype)]


def _upsample(evaluator, node, opset, inputs):
    """The evaluator lacks the form of opset 7, with scales in an attribute, and Resize of opset 10, which is the same."""
    del evaluator, opset
    x = inputs[0]
    scales = attribute(node, "scales", None) if len(inputs) < 2 else inputs[1]
    for axis, scale in enumerate(scales):
        if scale == 1:
            continue
        at = np.arange(int(np.floor(x.shape[axis] * scale))) / np.float32(scale)
        low = np.floor(at).astype(np.int64)
        high = np.minimum(low + 1, x.shape[axis] - 1)
        share = (at - low).astype(np.float32).reshape([-1 if d == axis else 1 for d in range(x.ndim)])
        below = np.take(x, low, axis=axis)
        linear = attribute(node, "mode", b"nearest") == b"linear"
        x = below * (1 - share) + np.take(x, high, axis=axis) * share if linear else below
    return [x.astype(np.float32)]


# For each operator (smallest opset, largest opset, function). The function's comment is the reason.
DEVIATIONS = {
    "BatchNormalization": (7, 13, _statistics_given),
    "Softmax": (1, 99, _flattened_softmax),
    "LogSoftmax": (1, 99, _flattened_softmax),
    "ReduceLogSumExp": (1, 99, _log_sum_exp),
    "Dropout": (1, 9, _float_mask),
    "Shape": (15, 99, _shape),
    "Cast": (1, 99, _saturating_cast),
    "CastLike": (1, 99, _saturating_cast),
    "Flatten": (1, 99, _flatten),
    "Squeeze": (1, 99, _squeeze),
    "Unsqueeze": (1, 99, _unsqueeze),
    "Slice": (1, 99, _slice),
    "Conv": (1, 99, _dilated_convolution),
    "ConvTranspose": (1, 99, _transposed_convolution),
    "MaxPool": (1, 99, _pool),
    "AveragePool": (1, 99, _pool),
    "GlobalMaxPool": (1, 99, _global_maximum),
    "Softsign": (1, 99, _softsign),
    "PRelu": (1, 99, _prelu),
    "Pow": (1, 99, _power),
    "ReduceSumSquare": (1, 99, _same_type),
    "Mean": (1, 99, _broadcasting_mean),
    "LpNormalization": (1, 99, _lp_normalization),
    "LRN": (1, 99, _local_response),
    "Upsample": (1, 99, _upsample),
    "Resize": (10, 10, _upsample),
    "ReduceMean": (1, 99, _whole_mean),
    **portable_reference.DEVIATIONS,
}


def attribute(node, name, absent):
    for item in node.attribute:
        if item.name == name:
            return helper.get_attribute_value(item)
    return absent


class Operation:
    """One node that can be evaluated."""

    def __init__(self, node, opset, inputs):
        self.node, self.opset = node, opset
        low, high, function = DEVIATIONS.get(node.op_type, (1, 0, None))
        self._function = function if low <= opset <= high else None
        self._evaluator = None if node.op_type in ("GlobalLpPool", "Scatter", "Upsample") else _make_evaluator(node, opset, inputs)

    def run(self, inputs):
        """Returns the outputs as arrays. An input that the node leaves out is None."""
        with np.errstate(all="ignore"):
            if self._function is not None:
                return self._function(self._evaluator, self.node, self.opset, inputs)
            outer = {"context": {}} if self._evaluator.need_context() else {}  # bodies read nothing from outside
            return [np.asarray(value) for value in self._evaluator.run(*inputs, **outer)]


def _make_evaluator(node, opset, inputs):
    infos = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
        for name, value in dict(zip(node.input, inputs)).items()
        if value is not None
    ]
    outputs = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in node.output if name]
    graph = helper.make_graph([node], "node", infos, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    return ReferenceEvaluator(model).rt_nodes_[0]


class Evaluation:
    """The value of every tensor of a model for given inputs.

    Models that have nodes in common can share operations: `operations` maps a node's serialized text and the types of
    its operands to an Operation.
    """

    def __init__(self, model, inputs, operations=None):
        self.model = model
        self.opset = next(s.version for s in model.opset_import if s.domain in ("", "ai.onnx"))
        self.operations = {} if operations is None else operations
        self.leaves = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        self.leaves.update(inputs)
        self.values = self.run()

    def operation(self, node, inputs):
        key = (node.SerializeToString(), tuple((v.dtype.char, v.shape) if v is not None else None for v in inputs))
        if key not in self.operations:
            self.operations[key] = Operation(node, self.opset, inputs)
        return self.operations[key]

    def run(self, disturb=None):
        """Returns all values by name. If `disturb` is given, disturb(node, inputs, run) replaces run(inputs) of a node."""
        values = dict(self.leaves)
        for node in self.model.graph.node:
            inputs = [values[name] if name else None for name in node.input]
            operation = self.operation(node, inputs)
            outputs = operation.run(inputs) if disturb is None else disturb(node, inputs, operation.run)
            for name, value in zip(node.output, outputs):
                if name:
                    values[name] = value
        return values

    def outputs(self, values=None):
        values = self.values if values is None else values
        return [values[info.name] for info in self.model.graph.output]
