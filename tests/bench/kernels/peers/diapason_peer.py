"""Diapason: a library that `diapason compile` wrote, called through its C API."""
import ctypes
import json
import math

import numpy as np

from peers.unsupported import Unsupported


class DLTensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32),
                ("ndim", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8),
                ("lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)]


ALIGNMENT = 64  # a cache line, to which the other libraries align their tensors, too
CODES = {"i": 0, "u": 1, "f": 2, "b": 1}  # numpy's kinds to DLPack's codes; booleans are unsigned


def _tensors(arrays):
    tensors = (DLTensor * max(1, len(arrays)))()
    for tensor, array in zip(tensors, arrays):
        shape = (ctypes.c_int64 * max(1, array.ndim))(*array.shape)
        tensor.data, tensor.device_type, tensor.ndim, tensor.shape = array.ctypes.data, 1, array.ndim, shape
        tensor.code, tensor.bits, tensor.lanes = CODES[array.dtype.kind], 8 * array.itemsize, 1
    return tensors


def _aligned(shape, dtype):
    """An array of zeros; NumPy's own arrays begin anywhere."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.zeros(size + ALIGNMENT, np.uint8)
    begin = -memory.ctypes.data % ALIGNMENT
    return memory[begin:begin + size].view(dtype).reshape(shape)


def _aligned_copy(array, shape):
    copy = _aligned(shape, array.dtype)
    copy[...] = array.reshape(shape)
    return copy


def _describe(task):
    """The sketch, and where its schedule comes from, unless that is a measurement of this very task."""
    sketch, rung = task["schedule"]["sketch"], task["rung"]
    return sketch if rung in ("exact", sketch) else f"{sketch} ({rung})"


class _Library:
    """Times are those of the kernel calls, as the library measures them."""

    _model = None

    def __init__(self, folder, case, threads):
        if not (folder / "manifest.json").exists():
            raise Unsupported("diapason compile failed")
        manifest = json.loads((folder / "manifest.json").read_text())
        self._library, self._name = ctypes.CDLL(str((folder / manifest["library"]).resolve())), manifest["name"]
        self._function("last_error").restype = ctypes.c_char_p
        self._model = ctypes.c_void_p()
        self._check(self._function("create")(ctypes.c_int32(threads), ctypes.byref(self._model)))
        self._inputs = [_aligned_copy(case.inputs[t["name"]], t["shape"]) for t in manifest["inputs"]]
        self._outputs = [_aligned(t["shape"], t["type"]) for t in manifest["outputs"]]
        self._arguments = (self._model, _tensors(self._inputs), len(self._inputs), _tensors(self._outputs),
                           len(self._outputs))
        self._run_timed = self._function("run_timed")
        self._call_us = (ctypes.c_double * len(manifest["calls"]))()
        # Copies between the caller's layout and the kernel's own.
        borders = {"copy of " + t["name"] for t in manifest["inputs"] + manifest["outputs"]}
        inside = [i for i, call in enumerate(manifest["calls"]) if call["name"] not in borders]
        self._counted = inside if case.free_layout and inside else range(len(manifest["calls"]))
        tasks = [manifest["tasks"][manifest["calls"][i]["task"]] for i in self._counted]
        self.variant = "+".join(dict.fromkeys(map(_describe, tasks)))

    def __del__(self):
        if self._model:
            self._function("destroy")(self._model)

    def _function(self, suffix):
        return getattr(self._library, f"{self._name}_{suffix}")

    def _check(self, status):
        if status != 0:
            raise RuntimeError(self._function("last_error")().decode())

    def sample(self):
        self._check(self._run_timed(*self._arguments, self._call_us))
        return sum(self._call_us[i] for i in self._counted) * 1e-6

    def overhead(self):
        return 0.0

    def outputs(self):
        self.sample()
        return self._outputs


class Peer:
    def __init__(self, threads, variant):
        self._threads, self._variant = threads, variant

    def load(self, case, _):
        return _Library(case.diapason[self._variant], case, self._threads)
