"""Loads and runs a model that `diapason compile` made. It needs NumPy and nothing else.

The wheel of a model contains this file beside the model's library and its manifest, and the package `diapason`
contains it, too.
"""
import collections
import ctypes
import json
import keyword
import os
import platform
import re
import threading
import weakref

import numpy as np

TensorInfo = collections.namedtuple("TensorInfo", "name type shape")
TensorInfo.__doc__ = "An input or output of a model: its name, its NumPy type, and its shape."

_CPU = 1  # kDLCPU
_INVALID_ARGUMENT, _OUT_OF_MEMORY, _NO_THREADS = 1, 2, 3  # of the model's C API
_TYPE_CODES = {"i": 0, "u": 1, "f": 2, "c": 5, "b": 1}  # a boolean is an unsigned 8-bit integer in the C API
_DLPACK_DEVICES = {1: "CPU", 2: "CUDA", 3: "CUDA host", 4: "OpenCL", 7: "Vulkan", 8: "Metal", 10: "ROCm"}


class _DLTensor(ctypes.Structure):
    """DLTensor of dlpack/dlpack.h."""
    _fields_ = [("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32),
                ("ndim", ctypes.c_int32), ("type_code", ctypes.c_uint8), ("type_bits", ctypes.c_uint8),
                ("type_lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)]


def _describe(tensor, dtype, shape):
    """Fills a DLTensor, except for its data."""
    tensor.device_type, tensor.ndim = _CPU, len(shape)
    tensor.type_code, tensor.type_bits, tensor.type_lanes = _TYPE_CODES[dtype.kind], 8 * dtype.itemsize, 1
    tensor.shape = (ctypes.c_int64 * max(1, len(shape)))(*shape)


def _identifier(name):
    """Returns the name as a Python identifier, so that it can be written as a keyword argument."""
    word = re.sub(r"\W", "_", name)
    if not word or word[0].isdigit():
        word = "_" + word
    return word + "_" if keyword.iskeyword(word) else word


def _as_array(value, what):
    """Returns the value as a dense NumPy array in native byte order. Copies only what is not dense."""
    if not isinstance(value, np.ndarray):
        device = getattr(value, "__dlpack_device__", None)
        if device is not None and device()[0] != _CPU:
            kind = _DLPACK_DEVICES.get(int(device()[0]), "another device")
            raise ValueError(f"{what} is in the memory of {kind}, but the model needs it in the CPU's memory")
        try:
            value = np.from_dlpack(value) if device is not None else np.asarray(value)
        except (BufferError, TypeError, RuntimeError) as error:
            # NumPy's DLPack knows no booleans and no bfloat16 in some versions; most tensors have a second way.
            if not hasattr(value, "__array__"):
                raise TypeError(f"{what} cannot be read as an array: {error}") from None
            value = np.asarray(value)
    if value.dtype.kind not in _TYPE_CODES or not value.dtype.isnative:
        raise TypeError(f"{what} has the type {value.dtype}, which no model takes")
    return np.require(value, requirements=["C", "A"])


def _check_machine(manifest):
    """Raises OSError if this processor cannot execute the model's code, which would end the process."""
    architecture = manifest["triple"].split("-")[0]
    if platform.machine() != architecture:
        raise OSError(f"the model {manifest['name']} was compiled for {architecture}, but this is "
                      f"{platform.machine()}; compile it for this machine")
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            lines = [line for line in file if line.startswith(("flags", "Features"))]
    except OSError:
        lines = []
    if architecture != "x86_64" or not lines:
        return
    plain = lambda word: re.sub(r"[-_.]", "", word)
    known = {plain(word) for word in lines[0].split(":")[1].split()}
    missing = [word for word in manifest.get("features", [])
               if word.startswith(("avx", "fma", "f16c", "amx")) and plain(word) not in known]
    if missing:
        raise OSError(f"the model {manifest['name']} was compiled for a processor with {missing[0]}, which this one "
                      "does not have; compile it for this machine, or with --target x86-64-v3")


class _Instance:
    """An instance of the model in the library, and the descriptions of its tensors. One thread may use it."""

    def __init__(self, model, handle):
        self.handle = handle
        self.inputs = (_DLTensor * max(1, len(model.inputs)))()
        self.outputs = (_DLTensor * max(1, len(model.outputs)))()
        for tensor, info in list(zip(self.inputs, model.inputs)) + list(zip(self.outputs, model.outputs)):
            _describe(tensor, np.dtype(info.type), info.shape)


# The models of this process. Their threads do not exist in a process that is forked from it.
_models = weakref.WeakSet()


def _after_fork():
    for model in list(_models):
        model._forget_instances()  # pylint: disable=protected-access


os.register_at_fork(after_in_child=_after_fork)


def _destroy(function, instances):
    while instances:
        function(instances.pop().handle)


class Model:
    """A compiled model, loaded from the folder that `diapason compile` wrote.

    `threads` is on how many threads one run computes; 0 means as many as there are processors. The results have the
    same bits for any number. Several threads may call `run` at once: up to `instances` runs compute at the same time,
    and the others wait. Each instance has its own memory; the manifest says how much.
    """

    def __init__(self, folder, threads=0, instances=1):
        if instances < 1:
            raise ValueError(f"instances is {instances}; it must be at least 1")
        with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
            self.manifest = json.load(file)
        _check_machine(self.manifest)
        self.name = self.manifest["name"]
        self.inputs = [self._info(entry) for entry in self.manifest["inputs"]]
        self.outputs = [self._info(entry) for entry in self.manifest["outputs"]]
        self._threads, self._max_instances = threads, instances
        self._index = {}
        words = [_identifier(info.name) for info in self.inputs]
        for i, word in enumerate(words):
            if words.count(word) == 1:
                self._index[word] = i
        self._index.update({info.name: i for i, info in enumerate(self.inputs)})
        # Two outputs whose names give the same identifier are named by their positions.
        self._result = collections.namedtuple("Outputs", [_identifier(info.name) for info in self.outputs], rename=True)
        self._library = ctypes.CDLL(os.path.abspath(os.path.join(folder, self.manifest["library"])))
        self._create, self._run = self._function("create"), self._function("run")
        self._output_size = self._function("output_size")
        self._output_size.restype = ctypes.c_int64
        self._output_size.argtypes = [ctypes.c_void_p, ctypes.c_int32, ctypes.c_int32]
        # By output: the dimension whose size is known only after a run, or None.
        self._run_time_dims = [entry.get("run_time_dim") for entry in self.manifest["outputs"]]
        self._last_error = self._function("last_error")
        self._last_error.restype = ctypes.c_char_p
        destroy = self._function("destroy")
        destroy.argtypes = [ctypes.c_void_p]
        self._free = []
        self._forget_instances()
        _models.add(self)
        self._finalizer = weakref.finalize(self, _destroy, destroy, self._free)
        self._give_back(self._take())  # so that an error of creation is reported here

    @staticmethod
    def _info(entry):
        return TensorInfo(entry["name"], entry["type"], tuple(entry["shape"]))

    def run(self, *inputs, **named):
        """Computes the outputs. Inputs are NumPy arrays or other tensors with DLPack, in the model's order or by name.

        Returns a new array or, if the model has several outputs, a named tuple of them.
        """
        arrays = list(inputs) + [None] * (len(self.inputs) - len(inputs))
        if len(inputs) > len(self.inputs):
            raise TypeError(f"the model {self.name} has {len(self.inputs)} inputs, but {len(inputs)} were given")
        for name, value in named.items():
            i = self._index.get(name)
            if i is None:
                known = ", ".join(info.name for info in self.inputs)
                raise TypeError(f"the model {self.name} has no input '{name}'; its inputs are: {known}")
            if arrays[i] is not None:
                raise TypeError(f"input {i} ({self.inputs[i].name}) was given twice")
            arrays[i] = value
        for i, value in enumerate(arrays):
            if value is None:
                raise TypeError(f"input {i} ({self.inputs[i].name}) is missing")
        outputs = self.run_into(arrays, [np.empty(info.shape, info.type) for info in self.outputs])
        return outputs[0] if len(outputs) == 1 else self._result(*outputs)

    def run_into(self, inputs, outputs):
        """Computes the outputs into arrays of the caller, which must be dense, writable NumPy arrays that overlap no
        other array of the call. Both lists are in the model's order. Returns the outputs. Where the size of a dimension
        is known only after a run, the array must have the size of the model's description, which is the largest that
        there may be, and what is returned is a view of the part that has a meaning."""
        arrays = [_as_array(value, f"input {i} ({info.name})")
                  for i, (value, info) in enumerate(zip(inputs, self.inputs))]
        for i, (array, info) in enumerate(zip(outputs, self.outputs)):
            if not isinstance(array, np.ndarray) or not array.flags.carray:
                raise TypeError(f"output {i} ({info.name}) must be a dense, writable NumPy array")
        if len(arrays) != len(inputs) or len(inputs) != len(self.inputs) or len(outputs) != len(self.outputs):
            raise TypeError(f"the model {self.name} has {len(self.inputs)} inputs and {len(self.outputs)} outputs, "
                            f"but {len(inputs)} and {len(outputs)} were given")
        instance = self._take()
        try:
            given = self._fill(instance.inputs, arrays, self.inputs)
            results = self._fill(instance.outputs, outputs, self.outputs)
            status = self._run(instance.handle, given, ctypes.c_int32(len(arrays)), results,
                               ctypes.c_int32(len(outputs)))
            if status != 0:
                raise self._error(status)
            return [self._sized(instance.handle, i, array) for i, array in enumerate(outputs)]
        finally:
            self._give_back(instance)

    def _sized(self, handle, output, array):
        dim = self._run_time_dims[output]
        if dim is None:
            return array
        return array[(slice(None),) * dim + (slice(self._output_size(handle, output, dim)),)]

    @staticmethod
    def _fill(tensors, arrays, infos):
        """Sets the data of the described tensors. An array of another type or shape is described as it is, and the
        library then says what is wrong."""
        if any(array.dtype != info.type or array.shape != info.shape for array, info in zip(arrays, infos)):
            tensors = (_DLTensor * len(arrays))()
            for tensor, array in zip(tensors, arrays):
                _describe(tensor, array.dtype, array.shape)
        for tensor, array in zip(tensors, arrays):
            tensor.data = array.__array_interface__["data"][0]
        return tensors

    def _function(self, suffix):
        return getattr(self._library, f"{self.name}_{suffix}")

    def _error(self, status):
        text = self._last_error().decode()
        kinds = {_INVALID_ARGUMENT: ValueError, _OUT_OF_MEMORY: MemoryError}
        return kinds.get(status, RuntimeError)(text)

    def _forget_instances(self):
        self._free.clear()
        self._made = 0
        self._changed = threading.Condition()

    def _take(self):
        """Returns an instance that no other thread uses. Waits for one, or makes one."""
        changed = self._changed
        with changed:
            while not self._free and self._made == self._max_instances:
                changed.wait()
            if self._free:
                return self._free.pop()
            self._made += 1
        handle = ctypes.c_void_p()
        status = self._create(ctypes.c_int32(self._threads), ctypes.byref(handle))
        if status == 0:
            return _Instance(self, handle)
        error = self._error(status)
        with changed:
            self._made -= 1
            changed.notify()
        raise error

    def _give_back(self, instance):
        with self._changed:
            self._free.append(instance)
            self._changed.notify()

    def __repr__(self):
        tensors = lambda infos: ", ".join(f"{i.name}: {i.type}{list(i.shape)}" for i in infos)
        return f"<model {self.name}: ({tensors(self.inputs)}) -> ({tensors(self.outputs)})>"
