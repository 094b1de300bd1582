"""Decides how far an output may be from the reference.

The rule. Operations that IEEE 754 or ONNX defines exactly must be exact: moving elements, comparing, +, -, *, /, square
roots, rounding to integers, maxima, casts, and all operations on integers and booleans. NaN equals NaN, an infinity
equals itself, and zeros of both signs are equal. Every other operator may round. ROUNDING says by how much.

How much of these errors reaches an output depends on the graph, so it is measured. The reference is evaluated again, and
rounding errors of the allowed size, with random sign and magnitude, are added to the result of every operator that may
round. An output may be as far from the undisturbed reference as SAFETY times the farthest of these evaluations. If such
errors change NaN to a number, a number to an infinity, an infinity to the other one, or an integer to another integer,
then every result is accepted. For sums (convolutions, products, reductions) the terms are disturbed. Then the allowed
error is relative to the sum of the absolute terms, as the error of every summation order is.

A few disturbed evaluations are enough for most outputs. Before an output counts as wrong, many more are made, with errors
that are up to SAFETY times as large. A difference that one of them explains is not a finding.
"""

import numpy as np

from fuzzer.reference import attribute

EPSILON = 2.0**-24  # the relative size of half a unit in the last place
TINY = 2.0**-149  # the smallest denormal
SAFETY = 4

# For each operator (units of EPSILON relative to the result, absolute units of EPSILON).
ROUNDING = {
    "Exp": (4, 0), "Log": (4, 0), "Erf": (4, 0), "Tanh": (4, 0), "Sin": (4, 0), "Cos": (4, 0), "Pow": (4, 0),
    "Tan": (12, 0), "Sinh": (8, 0), "Cosh": (8, 0), "Asinh": (8, 0), "Acosh": (8, 0), "Atanh": (8, 0), "Resize": (4, 4),
    "Asin": (6, 1), "Acos": (6, 2), "Atan": (6, 0), "GridSample": (16, 64), "AffineGrid": (8, 8), "RotaryEmbedding": (4, 8),
    "HannWindow": (2, 2), "HammingWindow": (2, 2), "BlackmanWindow": (2, 2), "MelWeightMatrix": (2, 1),
    "Upsample": (4, 4), "RoiAlign": (16, 16), "Sigmoid": (4, 0), "HardSigmoid": (2, 1), "Softsign": (2, 0), "Mean": (2, 0),
}
# The same for functions that are computed in several steps. The results of these steps may cancel (exp(x) - 1 near 0), so
# that the absolute error grows with the operand. The second number is multiplied by the operand, but at least by 1.
STEPS = {
    "HardSwish": (2, 1), "Swish": (4, 2), "Softplus": (4, 2), "Mish": (8, 2), "Gelu": (8, 4), "Elu": (4, 2), "Selu": (4, 4), "Celu": (4, 2),
}

# For each sum a function of (node, inputs, outputs) that returns the number of terms of one element.
SUMS = {
    "MatMul": lambda node, x, y: x[0].shape[-1],
    "Gemm": lambda node, x, y: x[0].shape[0 if attribute(node, "transA", 0) else 1] + 1,
    "Conv": lambda node, x, y: int(np.prod(x[1].shape[1:])) + 1,
    "ConvTranspose": lambda node, x, y: x[1].size // (x[1].shape[1] * attribute(node, "group", 1)) + 1,
    "AveragePool": lambda node, x, y: int(np.prod(attribute(node, "kernel_shape", ()))),
    "BatchNormalization": lambda node, x, y: 8,
    "DFT": lambda node, x, y: 2 * max(x[0].shape[1], y[0].shape[1]) + 8,
    "STFT": lambda node, x, y: x[0].shape[1] + 8,
    "Attention": lambda node, x, y: 2 * x[1].shape[2] + 2 * x[1].shape[3] + 8,
    "NegativeLogLikelihoodLoss": lambda node, x, y: x[0].size,
    "SoftmaxCrossEntropyLoss": lambda node, x, y: x[0].size,
    "LRN": lambda node, x, y: attribute(node, "size", 1) + 4,
    "Scan": lambda node, x, y: 8,
    "LpPool": lambda node, x, y: int(np.prod(attribute(node, "kernel_shape", ()))) + 4,
    "Loop": lambda node, x, y: 8,
}
for _op in ("GlobalAveragePool", "ReduceSum", "ReduceMean", "ReduceL1", "ReduceL2", "ReduceProd", "ReduceSumSquare",
            "ReduceLogSum", "ReduceLogSumExp", "LogSoftmax", "Softmax", "LayerNormalization", "InstanceNormalization",
            "GroupNormalization", "RMSNormalization", "MeanVarianceNormalization", "LpNormalization", "GlobalLpPool", "CumProd", "CumSum", "Einsum", "RNN", "GRU", "LSTM"):
    SUMS[_op] = lambda node, x, y: max(2, x[0].size if y[0].size >= x[0].size else x[0].size // max(1, y[0].size))

# Operators that may choose either of two zeros with different signs.
CHOICES = {"Relu", "Max", "Min", "Clip", "MaxPool", "GlobalMaxPool", "ReduceMax", "ReduceMin"}


class Disturbance:
    """Adds rounding errors to a reference evaluation."""

    def __init__(self, model, generator, size):
        self._generator, self._size = generator, size
        readers = {}
        for node in model.graph.node:
            for name in node.input:
                readers.setdefault(name, set()).add(node.op_type)
        self._terms = {}  # for the output of each contraction so far the number of terms
        self._absolute = {}  # for the output of each contraction with huge terms the sums of the absolute terms
        # A product that a sum reads may stay unrounded, because the two may become a fused multiply-add.
        self._into_sums = {
            node.output[0]
            for node in model.graph.node
            if node.op_type == "Mul" and readers.get(node.output[0], set()) & {"Add", "Sub", "Sum"}
        }

    def __call__(self, node, inputs, run):
        op = node.op_type
        if op in SUMS:
            return self._sum(node, inputs, run)
        outputs = run(inputs)
        if outputs[0].dtype != np.float32:
            return outputs
        if op in ROUNDING:
            outputs[0] = self._round(outputs[0], ROUNDING[op])
        elif op in STEPS:
            operand = np.where(np.isfinite(inputs[0]), np.abs(inputs[0].astype(np.float64)), 0)
            outputs[0] = self._round(outputs[0], STEPS[op], np.maximum(1.0, operand))
        elif op in ("Add", "Sub") and any(name in self._terms for name in node.input):
            # A contraction may start with the value that is added to it. Then each step rounds at the size of the sum.
            terms = max(self._terms.get(name, 1) for name in node.input)
            outputs[0] = self._round(outputs[0], (2 * np.sqrt(terms), 0))
            with np.errstate(all="ignore"):
                size = sum(self._absolute.get(name, np.where(np.isfinite(value), np.abs(value), 0))
                           for name, value in zip(node.input, inputs))
                outputs[0] = np.where(np.isfinite(size), outputs[0], self._anything())
        elif op in CHOICES:
            signs = self._generator.choice(np.array([-1, 1], dtype=np.float32), outputs[0].shape)
            outputs[0] = np.where(outputs[0] == 0, np.copysign(outputs[0], signs), outputs[0])
        elif node.output[0] in self._into_sums:
            outputs[0] = self._round(outputs[0], (1, 0))
        return outputs

    def _noise(self, shape):
        return self._generator.uniform(-self._size, self._size, shape)

    def _round(self, value, rounding, scale=1.0):
        relative, absolute = rounding
        wide = value.astype(np.float64)
        with np.errstate(all="ignore"):
            amplitude = EPSILON * (relative * np.abs(wide) + absolute * scale) + TINY
            moved = wide + self._noise(value.shape) * amplitude
            # Parts that cancel may cancel completely. Results of 0 are tried separately, because 0 / 0 is NaN.
            cancels = (np.abs(wide) <= self._size * amplitude) & (self._generator.random(value.shape) < 0.25)
            moved = np.where(cancels, 0, moved)
            # A finite number stays finite unless it is close to the end of the range.
            return np.where(np.isfinite(wide), moved, wide).astype(np.float32)

    def _sum(self, node, inputs, run):
        undisturbed = run(inputs)
        if undisturbed[0].dtype != np.float32:
            return undisturbed
        terms = SUMS[node.op_type](node, inputs, undisturbed)
        if node.op_type in ("Conv", "ConvTranspose", "Gemm", "MatMul"):
            self._terms[node.output[0]] = terms
        amplitude = 2 * np.sqrt(terms) * EPSILON
        disturbed = []
        with np.errstate(all="ignore"):
            for value in inputs:
                if value is None or value.dtype != np.float32:
                    disturbed.append(value)
                    continue
                moved = value.astype(np.float64) * (1 + amplitude * self._noise(value.shape))
                disturbed.append(np.where(np.isfinite(value), moved, value).astype(np.float32))
        outputs = run(disturbed)
        # The relative error of a sum is the absolute error of its logarithm.
        logarithm = "Log" in node.op_type
        outputs[0] = self._round(outputs[0], (4, 1 + np.sqrt(terms)) if logarithm else (4, 0))
        if node.op_type == "ReduceL2":
            outputs[0] = self._denormal_squares(outputs[0], terms)
        if node.op_type == "BatchNormalization":
            outputs[0] = self._denormal_scale(inputs, outputs[0])
        if node.op_type == "Softmax":  # exponentials below the smallest normal number may become 0
            vanishes = (outputs[0] < 2.0**-126) & (self._generator.random(outputs[0].shape) < 0.5)
            outputs[0] = np.where(vanishes, np.float32(0), outputs[0])
        outputs[0] = self._overflow(node, inputs, run, outputs[0], undisturbed[0])
        return outputs

    def _denormal_squares(self, norm, terms):
        """Handles squares of small numbers. They become denormals or 0, unless the norm is computed without squares."""
        with np.errstate(all="ignore"):
            squares = norm.astype(np.float64) ** 2 + self._noise(norm.shape) * terms * TINY
            return np.where(np.isfinite(norm), np.sqrt(np.maximum(squares, 0)), norm).astype(np.float32)

    def _denormal_scale(self, inputs, output):
        """Handles batch norms that become a precomputed scale and shift. Such a scale may be rounded to a denormal."""
        x, mean = inputs[0], inputs[3].reshape((-1,) + (1,) * (inputs[0].ndim - 2))
        with np.errstate(all="ignore"):
            size = np.abs(x.astype(np.float64)) + np.abs(mean.astype(np.float64))
            return (output + self._noise(x.shape) * np.where(np.isfinite(size), TINY * size, 0)).astype(np.float32)

    def _overflow(self, node, inputs, run, output, undisturbed):
        """Handles huge terms. Whether their sum overflows depends on the order, so that every result is accepted."""
        if node.op_type == "ReduceProd":
            return self._leaves_the_range(inputs, run, output)
        if node.op_type in ("Conv", "ConvTranspose") and not np.isfinite(inputs[1]).all():
            # Padding may be multiplied, which gives NaN with an infinite weight, or be skipped.
            output = np.where(np.isfinite(output), output, self._anything())
            if node.op_type == "ConvTranspose":  # the reference never multiplies it
                output = np.where(self._generator.random(output.shape) < 0.5, output, self._anything())
        if node.op_type.endswith("Normalization"):
            # The scale may be multiplied before the division, after it, or with the mean before x is known.
            apart = _largest(inputs[0]) + _largest(inputs[3] if node.op_type == "BatchNormalization" else inputs[0])
            scale = _largest(inputs[1]) if len(inputs) > 1 else 1
            if not np.isfinite(np.float32(apart * max(1, scale))):
                return np.where(np.isfinite(output) & np.isfinite(undisturbed), output, self._anything())
        largest = max((_largest(v) for v in inputs if v is not None and v.dtype == np.float32), default=0)
        if largest < 1e15:
            return output
        absolute = [np.where(np.isfinite(v), np.abs(v), 0).astype(np.float32)
                    if v is not None and v.dtype == np.float32 else v for v in inputs]
        self._absolute[node.output[0]] = run(absolute)[0]
        return np.where(np.isfinite(self._absolute[node.output[0]]), output, self._anything())

    def _leaves_the_range(self, inputs, run, output):
        """The same for products: the factors below 1, or those above 1, may come first."""
        with np.errstate(all="ignore"):
            size = np.where(np.isfinite(inputs[0]) & (inputs[0] != 0), np.abs(inputs[0]), 1).astype(np.float32)
            least, most = (run([bound(size, np.float32(1)), *inputs[1:]])[0] for bound in (np.minimum, np.maximum))
        return np.where((least > 1.2e-38) & np.isfinite(most), output, self._anything())

    def _anything(self):
        return np.float32(self._generator.choice([np.nan, 0, np.inf, -np.inf]))


class Judge:
    """Compares the outputs of one model with its reference evaluation."""

    FEW, MANY = 4, 40

    def __init__(self, evaluation, seed):
        self._evaluation = evaluation
        self._generator = np.random.default_rng(seed)
        self._disturbed = []  # the outputs of each disturbed evaluation

    def differing(self, actual):
        """Returns the indices of the outputs that differ, each with a line that says how."""
        expected = self._evaluation.outputs()
        result = {}
        if len(actual) != len(expected):
            return {0: f"{len(actual)} outputs, not {len(expected)}"}
        for many in (False, True):
            suspicious = result if many else range(len(expected))
            if many and not result:
                return {}
            self._disturb(self.MANY if many else self.FEW, SAFETY if many else 1)
            result = {}
            for i in suspicious:
                message = self._difference(actual[i], expected[i], [d[i] for d in self._disturbed], many)
                if message:
                    result[i] = message
        return result

    def _disturb(self, count, size):
        model = self._evaluation.model
        if not any(n.op_type in rounds for n in model.graph.node for rounds in (SUMS, ROUNDING, STEPS, CHOICES, ("Mul",))):
            return
        for _ in range(count):
            disturbance = Disturbance(model, self._generator, size)
            self._disturbed.append(self._evaluation.outputs(self._evaluation.run(disturbance)))

    @staticmethod
    def _difference(actual, expected, disturbed, many):
        if actual.shape != expected.shape or actual.dtype != expected.dtype:
            return f"{actual.dtype}{list(actual.shape)}, not {expected.dtype}{list(expected.shape)}"
        if actual.size == 0:
            return None
        if expected.dtype != np.float32:
            stable = np.ones(expected.shape, dtype=bool)
            for other in disturbed:
                stable &= other == expected
            return _worst((actual != expected) & stable, actual, expected)
        with np.errstate(all="ignore"):
            wide, base = actual.astype(np.float64), expected.astype(np.float64)
            same_kind = np.ones(expected.shape, dtype=bool)
            distance = np.zeros(expected.shape)
            for other in disturbed:
                same_kind &= (np.isfinite(other) == np.isfinite(expected)) & (np.isnan(other) == np.isnan(expected))
                same_kind &= ~np.isinf(expected) | (other == expected)
                distance = np.fmax(distance, np.abs(other.astype(np.float64) - base))
            distance = np.where(np.isfinite(distance), distance, 0)
            # The typical error of the whole tensor is allowed for each element, because a single element's errors may
            # have been small by chance.
            relative = distance / np.abs(base)
            typical = relative[np.isfinite(relative) & (relative > 0)]
            if typical.size:
                distance = np.fmax(distance, np.median(typical) * np.abs(base) if np.isfinite(base).all()
                                   else np.median(typical) * np.where(np.isfinite(base), np.abs(base), 0))
            tolerance = distance * (1 if many else SAFETY)
            equal = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
            near = np.isfinite(wide) & np.isfinite(base) & (np.abs(wide - base) <= tolerance)
            return _worst(~(equal | near) & same_kind, actual, expected)


def _largest(value):
    return float(np.max(np.abs(value), initial=0, where=np.isfinite(value)))


def _worst(wrong, actual, expected):
    count = int(np.count_nonzero(wrong))
    if count == 0:
        return None
    with np.errstate(all="ignore"):
        error = np.abs(actual.astype(np.float64) - expected.astype(np.float64))
        error = np.where(wrong, np.where(np.isfinite(error), error, np.inf), -1)
    index = np.unravel_index(int(np.argmax(error)), expected.shape)
    at = ",".join(str(int(i)) for i in index)
    return f"{count} of {expected.size} elements differ; at [{at}] {actual[index]!r}, not {expected[index]!r}"
