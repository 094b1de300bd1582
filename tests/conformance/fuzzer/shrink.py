"""Makes a failing model smaller, as long as it still fails in the same way."""

import time

import numpy as np
import onnx
from onnx import helper, numpy_helper

from fuzzer.reference import Evaluation


class Shrinker:
    """Shrinks models. `still_fails(model, inputs)` says whether a candidate still fails. It is called only with valid
    models."""

    def __init__(self, still_fails, limit_seconds, limit_tries=250):
        self._still_fails = still_fails
        self._deadline = time.monotonic() + limit_seconds
        self._tries = limit_tries

    def shrink(self, model, inputs):
        state = (model, dict(inputs))
        passes = (self._fewer_outputs, self._earlier_outputs, self._cut_nodes, self._skip_nodes, self._smaller_shapes,
                  self._simpler_values, self._fewer_attributes, self._plain_file)
        changed = True
        while changed and self._has_time():
            changed = False
            for each in passes:
                state, better = self._apply(each, state)
                changed |= better
        return state

    def _has_time(self):
        return self._tries > 0 and time.monotonic() < self._deadline

    def _apply(self, candidates, state):
        """Takes the first candidate that still fails and starts again from it, until no candidate fails."""
        better = False
        again = True
        while again and self._has_time():
            again = False
            for candidate in candidates(*state):
                if not self._has_time():
                    break
                candidate = _tidy(*candidate)
                if candidate is None or self._same(candidate, state):
                    continue
                self._tries -= 1
                if self._still_fails(*candidate):
                    state, better, again = candidate, True, True
                    break
        return state, better

    @staticmethod
    def _same(a, b):
        return a[0].SerializeToString() == b[0].SerializeToString() and all(
            a[1][name].tobytes() == b[1][name].tobytes() for name in a[1] if name in b[1])

    # ---- Passes. Each yields candidates

    def _fewer_outputs(self, model, inputs):
        outputs = list(model.graph.output)
        if len(outputs) == 1:
            return
        for keep in outputs:
            yield _with_outputs(model, [keep]), inputs
        for leave in outputs:
            yield _with_outputs(model, [o for o in outputs if o is not leave]), inputs

    def _earlier_outputs(self, model, inputs):
        values = _values(model, inputs)
        for node in model.graph.node[:-1]:
            for name in node.output:
                if name in values:
                    yield _with_outputs(model, [_info(name, values[name])]), inputs

    def _cut_nodes(self, model, inputs):
        """Replaces a node's output by an input or a constant of the same value."""
        values = _values(model, inputs)
        for i in reversed(range(len(model.graph.node))):
            node = model.graph.node[i]
            if any(o.name in node.output for o in model.graph.output) and len(model.graph.output) == 1:
                continue
            for as_constant in (False, True):
                smaller = _copy(model)
                del smaller.graph.node[i]
                more = dict(inputs)
                for name in node.output:
                    if not name or name not in values:
                        continue
                    if as_constant:
                        smaller.graph.initializer.append(numpy_helper.from_array(values[name], name))
                    else:
                        smaller.graph.input.append(_info(name, values[name]))
                        more[name] = values[name]
                kept = [o for o in smaller.graph.output if o.name not in node.output]
                if kept:
                    yield _with_outputs(smaller, kept), more

    def _skip_nodes(self, model, inputs):
        """Makes the readers of a node read one of its operands instead."""
        values = _values(model, inputs)
        for i in reversed(range(len(model.graph.node))):
            node = model.graph.node[i]
            if len(node.output) != 1 or any(o.name == node.output[0] for o in model.graph.output):
                continue
            made = values[node.output[0]]
            for name in node.input:
                if name and values[name].shape == made.shape and values[name].dtype == made.dtype:
                    smaller = _copy(model)
                    del smaller.graph.node[i]
                    for reader in smaller.graph.node:
                        for k, read in enumerate(reader.input):
                            if read == node.output[0]:
                                reader.input[k] = name
                    yield smaller, inputs

    def _smaller_shapes(self, model, inputs):
        """Makes all dimensions of one extent smaller, in every leaf, and then single dimensions of single leaves."""
        leaves = _leaves(model, inputs)
        extents = sorted({n for array in leaves.values() for n in array.shape if n > 1}, reverse=True)
        for n in extents:
            for less in dict.fromkeys((1, 2, n // 2, n - 1)):
                if not 0 < less < n:
                    continue
                changes = {}
                for name, array in leaves.items():
                    slices = tuple(slice(0, less) if m == n else slice(None) for m in array.shape)
                    changed = array[slices]
                    if array.dtype == np.int64 and array.ndim <= 1:  # it may be a shape
                        changed = np.where(array == n, less, array).astype(np.int64)
                    if changed.shape != array.shape or not np.array_equal(changed, array):
                        changes[name] = changed
                yield _with_leaves(model, inputs, changes)
        for name, array in leaves.items():
            for axis, n in enumerate(array.shape):
                for less in dict.fromkeys((1, n // 2, n - 1)):
                    if 0 < less < n:
                        yield _with_leaves(model, inputs, {name: np.take(array, range(less), axis=axis)})

    def _simpler_values(self, model, inputs):
        for name, array in _leaves(model, inputs).items():
            if array.dtype.kind not in "fiu" or array.size == 0:
                continue
            for plain in (np.zeros_like(array), np.ones_like(array), np.full_like(array, array.flat[0])):
                if plain.tobytes() != array.tobytes():
                    yield _with_leaves(model, inputs, {name: plain})
            if array.dtype != np.float32:
                continue
            with np.errstate(all="ignore"):
                usual = np.where(np.isfinite(array) & (np.abs(array) < 1e6), array, 0).astype(array.dtype)
                rounded = np.where(np.isfinite(array), np.round(array * 2) / 2, array).astype(array.dtype)
            for plain in (usual, rounded):
                if plain.tobytes() != array.tobytes():
                    yield _with_leaves(model, inputs, {name: plain})

    def _fewer_attributes(self, model, inputs):
        for i, node in enumerate(model.graph.node):
            for attribute in node.attribute:
                smaller = _copy(model)
                changed = [a for a in node.attribute if a.name != attribute.name]
                del smaller.graph.node[i].attribute[:]
                smaller.graph.node[i].attribute.extend(changed)
                yield smaller, inputs
            if len(node.input) > 2:
                smaller = _copy(model)
                del smaller.graph.node[i].input[-1]
                yield smaller, inputs

    def _plain_file(self, model, inputs):
        """Stores all constants as raw initializers."""
        smaller = _copy(model)
        tensors = [numpy_helper.from_array(numpy_helper.to_array(t), t.name) for t in model.graph.initializer]
        names = {t.name for t in tensors}
        listed = [info for info in model.graph.input if info.name not in names]
        for node in [n for n in smaller.graph.node if n.op_type == "Constant"]:
            tensors.append(numpy_helper.from_array(_values(model, inputs)[node.output[0]], node.output[0]))
            smaller.graph.node.remove(node)
        del smaller.graph.initializer[:], smaller.graph.input[:]
        smaller.graph.initializer.extend(tensors)
        smaller.graph.input.extend(listed)
        if len(smaller.graph.node):
            yield smaller, inputs


def _copy(model):
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    return copy


def _info(name, array):
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)


def _values(model, inputs):
    return Evaluation(model, inputs).values


def _leaves(model, inputs):
    leaves = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    leaves.update(inputs)
    return leaves


def _with_outputs(model, outputs):
    changed = _copy(model)
    del changed.graph.output[:]
    changed.graph.output.extend(outputs)
    return changed


def _with_leaves(model, inputs, changes):
    changed, arrays = _copy(model), dict(inputs)
    for tensor in changed.graph.initializer:
        if tensor.name in changes:
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(changes[tensor.name]), tensor.name))
    for name, array in changes.items():
        if name in arrays:
            arrays[name] = np.ascontiguousarray(array)
    return changed, arrays


def _tidy(model, inputs):
    """Removes everything that no output needs, and corrects the declared shapes. Returns None if the model is not
    valid."""
    needed = {output.name for output in model.graph.output}
    kept = []
    for node in reversed(model.graph.node):
        if any(name in needed for name in node.output):
            kept.append(node)
            needed.update(node.input)
    if not kept:
        return None
    tidy = _copy(model)
    del tidy.graph.node[:]
    tidy.graph.node.extend(reversed(kept))
    for field in (tidy.graph.initializer, tidy.graph.input):
        left = [item for item in field if item.name in needed]
        del field[:]
        field.extend(left)
    arrays = {name: array for name, array in inputs.items() if name in needed}
    try:
        values = Evaluation(tidy, arrays).values
        for field in (tidy.graph.input, tidy.graph.output):
            infos = [_info(item.name, values[item.name]) for item in field]
            del field[:]
            field.extend(infos)
        onnx.checker.check_model(tidy, full_check=True)
    except Exception:  # a library may raise anything for a candidate that is not valid
        return None
    return tidy, arrays
