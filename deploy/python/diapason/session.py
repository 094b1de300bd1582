"""ONNX Runtime's classes for inference, computed by Diapason."""
import collections
import ctypes
import enum
import logging
import os
import threading

import numpy as np
import onnx

from .plan import Plan, constants_of, with_initializers

_log = logging.getLogger("diapason")

_PROVIDERS = ["DiapasonExecutionProvider", "CPUExecutionProvider"]
_MAX_PLANS = 16  # of a session, for inputs of different shapes; the one that was used longest ago is forgotten

NodeArg = collections.namedtuple("NodeArg", "name type shape")
NodeArg.__doc__ = "An input or output of a model: its name, its type such as 'tensor(float)', and its shape."

ModelMetadata = collections.namedtuple(
    "ModelMetadata", "producer_name graph_name domain description graph_description version custom_metadata_map")
ModelMetadata.__doc__ = "What the model's file says about itself."


class GraphOptimizationLevel(enum.IntEnum):
    """Accepted, and not used: Diapason always optimises."""
    ORT_DISABLE_ALL = 0
    ORT_ENABLE_BASIC = 1
    ORT_ENABLE_EXTENDED = 2
    ORT_ENABLE_LAYOUT = 3
    ORT_ENABLE_ALL = 99


class ExecutionMode(enum.IntEnum):
    """Accepted, and not used."""
    ORT_SEQUENTIAL = 0
    ORT_PARALLEL = 1


class SessionOptions:
    """The options of a session. `intra_op_num_threads` is used: 0 means as many threads as there are processors. All
    others are accepted, because the results do not depend on them."""

    def __init__(self):
        self.intra_op_num_threads = 0
        self.inter_op_num_threads = 0
        self.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_ALL
        self.execution_mode = ExecutionMode.ORT_SEQUENTIAL
        self._entries = {}

    def add_session_config_entry(self, key, value):
        """Stores an entry, for get_session_config_entry."""
        self._entries[key] = value

    def get_session_config_entry(self, key):
        """Returns the value of an entry."""
        return self._entries[key]

    def add_free_dimension_override_by_name(self, name, value):
        """Accepted: a session is compiled for the sizes of the inputs that it gets."""

    def add_free_dimension_override_by_denotation(self, name, value):
        """Accepted: a session is compiled for the sizes of the inputs that it gets."""


class RunOptions:
    """Accepted, and not used."""


def get_available_providers():
    """Returns the names of the execution providers."""
    return list(_PROVIDERS)


def get_device():
    """Returns the kind of device that computes."""
    return "CPU"


class OrtValue:
    """A tensor on the CPU."""

    def __init__(self, array):
        self._array = array

    @staticmethod
    def ortvalue_from_numpy(array, device_type="cpu", device_id=0):
        """Returns a value that shares its memory with the array where the array is dense."""
        _check_device(device_type)
        return OrtValue(np.require(array, requirements=["C", "A"]))

    @staticmethod
    def ortvalue_from_shape_and_type(shape, element_type, device_type="cpu", device_id=0):
        """Returns a value with undefined contents."""
        _check_device(device_type)
        return OrtValue(np.empty(shape, _numpy_type(element_type)))

    def numpy(self):
        """Returns the contents as an array."""
        return self._array

    def shape(self):
        """Returns the shape as a list."""
        return list(self._array.shape)

    def data_type(self):
        """Returns the type in ONNX Runtime's words, such as 'tensor(float)'."""
        return _type_text(onnx.helper.np_dtype_to_tensor_dtype(self._array.dtype))

    def data_ptr(self):
        """Returns the address of the contents."""
        return self._array.ctypes.data

    def device_name(self):
        """Returns where the contents are."""
        return "cpu"

    def is_tensor(self):
        """Returns True, because other values do not exist here."""
        return True

    def has_value(self):
        """Returns True."""
        return True

    def update_inplace(self, array):
        """Replaces the contents by those of an array with the same shape and type."""
        np.copyto(self._array, array, casting="no")

    def __array__(self, dtype=None, copy=None):
        return np.array(self._array, dtype, copy=bool(copy))

    def __dlpack__(self, **options):
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


def _check_device(device_type):
    if str(device_type).lower() != "cpu":
        raise ValueError(f"the device {device_type} is not supported; Diapason computes on the CPU")


def _numpy_type(element_type):
    """Returns the NumPy type for a NumPy type or for a number of onnx.TensorProto."""
    if isinstance(element_type, int):
        return onnx.helper.tensor_dtype_to_np_dtype(element_type)
    return np.dtype(element_type)


def _type_text(element_type):
    """Returns ONNX Runtime's word for an element type."""
    word = onnx.TensorProto.DataType.Name(element_type).lower()
    return f"tensor({word})"


def _node_arg(value):
    dims = [dim.dim_param or None if not dim.HasField("dim_value") else dim.dim_value
            for dim in value.type.tensor_type.shape.dim]
    return NodeArg(value.name, _type_text(value.type.tensor_type.elem_type), dims)


def _load(model):
    if isinstance(model, onnx.ModelProto):
        return model
    if isinstance(model, (bytes, bytearray, memoryview)):
        return onnx.load_model_from_string(bytes(model))
    return onnx.load(os.fspath(model))


class InferenceSession:
    """A drop-in for onnxruntime.InferenceSession.

    A model whose inputs have known sizes is compiled here; for other models, each new combination of sizes is compiled
    when it occurs for the first time. Several threads may call `run` at once.
    """

    def __init__(self, path_or_bytes, sess_options=None, providers=None, provider_options=None, **kwargs):
        self._options = sess_options or SessionOptions()
        self._threads = int(getattr(self._options, "intra_op_num_threads", 0)) or len(os.sched_getaffinity(0))
        names = [provider if isinstance(provider, str) else provider[0] for provider in providers or []]
        foreign = [name for name in names if name not in _PROVIDERS]
        if foreign:
            _log.warning("%s is not available here; the model runs on the CPU", ", ".join(foreign))
        self._proto = with_initializers(_load(path_or_bytes))
        graph = self._proto.graph
        constants = constants_of(graph)
        self._inputs = [value for value in graph.input if value.name not in constants]
        self._overridable = [value for value in graph.input if value.name in constants]
        self._lock = threading.Lock()
        self._plans = collections.OrderedDict()
        if all(dim.HasField("dim_value") for value in self._inputs for dim in value.type.tensor_type.shape.dim) and all(
                value.type.tensor_type.HasField("shape") for value in self._inputs):
            self._plan({value.name: np.broadcast_to(
                np.zeros((), _numpy_type(value.type.tensor_type.elem_type)),
                [dim.dim_value for dim in value.type.tensor_type.shape.dim]) for value in self._inputs})

    def get_inputs(self):
        """Returns name, type and shape of each input."""
        return [_node_arg(value) for value in self._inputs]

    def get_outputs(self):
        """Returns name, type and shape of each output."""
        return [_node_arg(value) for value in self._proto.graph.output]

    def get_overridable_initializers(self):
        """Returns the inputs that have a value in the model."""
        return [_node_arg(value) for value in self._overridable]

    def get_modelmeta(self):
        """Returns what the model's file says about itself."""
        model = self._proto
        return ModelMetadata(model.producer_name, model.graph.name, model.domain, model.doc_string,
                             model.graph.doc_string, model.model_version,
                             {entry.key: entry.value for entry in model.metadata_props})

    def get_providers(self):
        """Returns the names of the execution providers."""
        return list(_PROVIDERS)

    def get_provider_options(self):
        """Returns the options of each execution provider; there are none."""
        return {name: {} for name in _PROVIDERS}

    def set_providers(self, providers=None, provider_options=None):
        """Accepted, and not used."""

    def get_session_options(self):
        """Returns the session's options."""
        return self._options

    def run(self, output_names, input_feed, run_options=None):
        """Returns the outputs of these names, or all of them. `input_feed` has the inputs by name."""
        names = [value.name for value in self._proto.graph.output]
        wanted = list(output_names) if output_names else names
        for name in wanted:
            if name not in names:
                raise ValueError(f"the model has no output '{name}'; its outputs are: {', '.join(names)}")
        arrays = self._read(input_feed)
        results = self._plan(arrays).run(arrays)
        return [results[name] for name in wanted]

    def run_with_ort_values(self, output_names, input_dict_ort_values, run_options=None):
        """The same, with OrtValues."""
        feed = {name: value.numpy() for name, value in input_dict_ort_values.items()}
        return [OrtValue(array) for array in self.run(output_names, feed, run_options)]

    def io_binding(self):
        """Returns an object that holds inputs and outputs for run_with_iobinding."""
        return IOBinding(self)

    def run_with_iobinding(self, iobinding, run_options=None):
        """Computes the outputs of a binding from its inputs."""
        iobinding._run()  # pylint: disable=protected-access

    def compiled_parts(self):
        """Returns, for each combination of input shapes so far, how many nodes each part has and whether Diapason
        computes it. A model of which all is supported is one part."""
        with self._lock:
            return [plan.parts() for plan in self._plans.values()]

    def _read(self, feed):
        """Returns the inputs as arrays, and checks their names, types and ranks."""
        known = {value.name: value for value in self._inputs + self._overridable}
        for name in feed:
            if name not in known:
                raise ValueError(f"the model has no input '{name}'; its inputs are: {', '.join(known)}")
        missing = [value.name for value in self._inputs if value.name not in feed]
        if missing:
            raise ValueError(f"Required inputs ({missing}) are missing from input feed ({list(feed)}).")
        arrays = {}
        for name, value in feed.items():
            tensor = known[name].type.tensor_type
            array = value.numpy() if hasattr(value, "numpy") else np.asarray(value)
            wanted = _numpy_type(tensor.elem_type)
            if array.dtype != wanted:
                raise ValueError(f"input '{name}' must be of type {wanted}, not {array.dtype}")
            sizes = [dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim]
            fits = len(sizes) == array.ndim and all(size in (None, given) for size, given in zip(sizes, array.shape))
            if tensor.HasField("shape") and not fits:
                text = [dim.dim_param or "?" if size is None else size for dim, size in zip(tensor.shape.dim, sizes)]
                raise ValueError(f"input '{name}' must have the shape {text}, not {list(array.shape)}")
            arrays[name] = np.require(array, requirements=["C", "A"])
        return arrays

    def _plan(self, arrays):
        key = tuple((name, arrays[name].shape) for name in sorted(arrays))
        with self._lock:
            if key not in self._plans:
                self._plans[key] = Plan(self._proto, arrays, self._threads)
                if len(self._plans) > _MAX_PLANS:
                    self._plans.popitem(last=False)
            self._plans.move_to_end(key)
            return self._plans[key]


class IOBinding:
    """The inputs and outputs of a run, on the CPU. Outputs that were bound to memory are written there."""

    def __init__(self, session):
        self._session = session
        self._inputs = {}
        self._bound = {}    # outputs by name: the array that receives them, or None
        self._results = {}  # of the last run

    def bind_cpu_input(self, name, array):
        """Binds an input to an array."""
        self._inputs[name] = array

    def bind_input(self, name, device_type, device_id, element_type, shape, buffer_ptr):
        """Binds an input to memory of the caller."""
        _check_device(device_type)
        self._inputs[name] = _array_at(buffer_ptr, element_type, shape)

    def bind_ortvalue_input(self, name, ortvalue):
        """Binds an input to a value."""
        self._inputs[name] = ortvalue.numpy()

    def bind_output(self, name, device_type="cpu", device_id=0, element_type=None, shape=None, buffer_ptr=None):
        """Binds an output to memory of the caller, or asks for it."""
        _check_device(device_type)
        self._bound[name] = None if buffer_ptr is None else _array_at(buffer_ptr, element_type, shape)

    def bind_ortvalue_output(self, name, ortvalue):
        """Binds an output to a value, whose contents are replaced."""
        self._bound[name] = ortvalue.numpy()

    def synchronize_inputs(self):
        """Accepted: memory of the CPU needs no synchronisation."""

    def synchronize_outputs(self):
        """Accepted: memory of the CPU needs no synchronisation."""

    def get_outputs(self):
        """Returns the outputs of the last run as OrtValues."""
        return [OrtValue(self._results[name]) for name in self._bound]

    def copy_outputs_to_cpu(self):
        """Returns the outputs of the last run as arrays."""
        return [np.array(self._results[name]) for name in self._bound]

    def clear_binding_inputs(self):
        """Forgets all inputs."""
        self._inputs.clear()

    def clear_binding_outputs(self):
        """Forgets all outputs."""
        self._bound.clear()
        self._results.clear()

    def _run(self):
        results = self._session.run(list(self._bound), self._inputs)
        for name, result in zip(self._bound, results):
            target = self._bound[name]
            if target is None:
                self._results[name] = result
                continue
            if target.shape != result.shape or target.dtype != result.dtype:
                raise ValueError(f"output '{name}' is bound to {target.dtype}{list(target.shape)}, but it is "
                                 f"{result.dtype}{list(result.shape)}")
            np.copyto(target, result)
            self._results[name] = target


def _array_at(address, element_type, shape):
    """Returns an array at an address. The caller owns the memory."""
    dtype = _numpy_type(element_type)
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    return np.frombuffer((ctypes.c_char * size).from_address(address), dtype).reshape(shape)
