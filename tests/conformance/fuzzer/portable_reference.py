"""What the operators of portable_operators.py must give, where the reference evaluator deviates from ONNX's text, or
where the text does not define everything. See reference.py."""

import numpy as np

from onnx import helper


def _attribute(node, name, absent):
    return next((helper.get_attribute_value(item) for item in node.attribute if item.name == name), absent)


def _keys(x):
    """Returns numbers that are sorted like the elements. NaN is the largest, as in NumPy's sort."""
    return np.where(x != x, np.inf, x), x != x


def top_k(evaluator, node, opset, inputs):
    """The evaluator breaks ties by the upper index for the smallest elements, and places NaN differently for each form."""
    del evaluator, opset
    x = inputs[0]
    axis = _attribute(node, "axis", -1)
    k = int(inputs[1][0]) if len(inputs) > 1 else _attribute(node, "k", 0)
    number, is_nan = _keys(x) if x.dtype.kind == "f" else (x, np.zeros(x.shape, dtype=bool))
    if _attribute(node, "largest", 1):  # the order of complements is reversed, and equal ones stay in order
        number, is_nan = (-number if x.dtype.kind == "f" else ~number), ~is_nan
    order = np.lexsort((number, is_nan), axis=axis)
    indices = np.take(order, np.arange(k), axis=axis).astype(np.int64)
    return [np.take_along_axis(x, indices, axis=axis), indices]


def unique(evaluator, node, opset, inputs):
    """Slices with NaN are equal if their other elements are. The evaluator has them equal only without an axis."""
    del evaluator, opset
    x = inputs[0]
    axis = _attribute(node, "axis", None)
    flat = x.reshape(-1) if axis is None else np.moveaxis(x, axis, 0).reshape(x.shape[axis], -1)
    flat = flat.reshape(flat.shape[0], -1)
    keys = [tuple((bool(v != v), 0.0 if v != v else v) for v in row.tolist()) for row in flat]
    first = {}
    for i, key in enumerate(keys):
        first.setdefault(key, i)
    order = sorted(first) if _attribute(node, "sorted", 1) else list(first)
    number = {key: i for i, key in enumerate(order)}
    indices = np.asarray([first[key] for key in order], dtype=np.int64)
    inverse = np.asarray([number[key] for key in keys], dtype=np.int64)
    counts = np.bincount(inverse, minlength=len(order)).astype(np.int64)
    chosen = np.take(x.reshape(-1) if axis is None else x, indices, axis=0 if axis is None else axis)
    return [chosen, indices, inverse, counts]


def scatter(evaluator, node, opset, inputs):
    """The evaluator ignores the order of updates of one place, and has no ScatterND with negative indices and a reduction."""
    del evaluator, opset
    data, indices, updates = inputs
    result = data.copy()
    how = _attribute(node, "reduction", b"none").decode()
    combine = {"none": lambda a, b: b, "add": np.add, "mul": np.multiply, "max": np.maximum, "min": np.minimum}[how]
    if node.op_type == "ScatterND":
        for place in np.ndindex(*indices.shape[:-1]):
            at = tuple(int(i) for i in indices[place])
            result[at] = combine(result[at], updates[place])
        return [result]
    axis = _attribute(node, "axis", 0)
    for place in np.ndindex(*indices.shape):
        at = list(place)
        at[axis] = int(indices[place])
        result[tuple(at)] = combine(result[tuple(at)], updates[place])
    return [result]


def non_max_suppression(evaluator, node, opset, inputs):
    """The evaluator fails if operands are left out."""
    del evaluator, opset
    boxes, scores = inputs[0].astype(np.float64), inputs[1]
    numbers = [None if len(inputs) <= i or inputs[i] is None else inputs[i].reshape(-1)[0] for i in (2, 3, 4)]
    most, iou_threshold, score_threshold = numbers[0] or 0, numbers[1] or 0, numbers[2]
    if _attribute(node, "center_point_box", 0):
        x, y, width, height = np.moveaxis(boxes, -1, 0)
        low_y, low_x, high_y, high_x = y - height / 2, x - width / 2, y + height / 2, x + width / 2
    else:
        low_y, high_y = boxes[..., [0, 2]].min(axis=-1), boxes[..., [0, 2]].max(axis=-1)
        low_x, high_x = boxes[..., [1, 3]].min(axis=-1), boxes[..., [1, 3]].max(axis=-1)
    area = (high_y - low_y) * (high_x - low_x)

    def overlap(n, a, b):
        height = min(high_y[n, a], high_y[n, b]) - max(low_y[n, a], low_y[n, b])
        width = min(high_x[n, a], high_x[n, b]) - max(low_x[n, a], low_x[n, b])
        shared = max(height, 0) * max(width, 0)
        return shared > 0 and shared / (area[n, a] + area[n, b] - shared) > iou_threshold

    result = []
    for n, c in np.ndindex(*scores.shape[:2]):
        chosen = []
        for box in np.argsort(-scores[n, c], kind="stable"):
            if len(chosen) >= most or (score_threshold is not None and scores[n, c, box] <= score_threshold):
                break
            if not any(overlap(n, box, other) for other in chosen):
                chosen.append(box)
        result += [(n, c, box) for box in chosen]
    return [np.asarray(result, dtype=np.int64).reshape(-1, 3)]


def roi_align(evaluator, node, opset, inputs):
    """Before opset 16 pixels have no centres at halves, as in ONNX Runtime; the evaluator knows only the newer default."""
    del opset
    mode = _attribute(node, "mode", b"avg").decode()
    names = {"output_height": 1, "output_width": 1, "sampling_ratio": 0, "spatial_scale": 1.0}
    return list(evaluator._run(  # pylint: disable=protected-access
        *inputs, mode=mode, coordinate_transformation_mode="output_half_pixel",
        **{name: _attribute(node, name, absent) for name, absent in names.items()}))


def global_lp_pool(evaluator, node, opset, inputs):
    """The evaluator does not have it."""
    del evaluator, opset
    p = _attribute(node, "p", 2)
    spatial = tuple(range(2, inputs[0].ndim))
    sums = np.sum(np.abs(inputs[0].astype(np.float64)) ** p, axis=spatial, keepdims=True)
    return [(sums ** (1 / p)).astype(np.float32)]


DEVIATIONS = {
    "GlobalLpPool": (1, 99, global_lp_pool),
    "RoiAlign": (1, 15, roi_align),
    "NonMaxSuppression": (1, 99, non_max_suppression),
    "TopK": (1, 99, top_k),
    "Unique": (1, 99, unique),
    "Scatter": (1, 99, scatter),
    "ScatterElements": (1, 99, scatter),
    "ScatterND": (1, 99, scatter),
}
