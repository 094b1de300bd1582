"""How a model is computed for inputs of given shapes: compiled as a whole, or in parts of which some run elsewhere."""
import logging
import threading

import numpy as np
import onnx
from onnx import shape_inference

from . import graph_parts
from .compiled_model import Model
from .compiler import CompileError, compile_model

_log = logging.getLogger("diapason")

# So many times parts are divided further. If some part still cannot be compiled then, onnxruntime computes all of it.
_MAX_DIVISIONS = 8


def import_onnxruntime(reason):
    """Returns the installed onnxruntime. Raises an error with the reason why it is needed if there is none."""
    try:
        import onnxruntime  # pylint: disable=import-outside-toplevel
        return onnxruntime
    except ImportError:
        raise CompileError(f"{reason}; install onnxruntime to run what Diapason does not support") from None


def constants_of(graph):
    """Returns the names of the model's constants."""
    return {t.name for t in graph.initializer} | {t.values.name for t in graph.sparse_initializer}


def with_initializers(model):
    """Returns the model with initializers in place of nodes that are constants, so that a part knows them wherever they
    are used."""
    constants = [node for node in model.graph.node if node.op_type == "Constant" and node.domain in ("", "ai.onnx")
                 and len(node.attribute) == 1 and node.attribute[0].name == "value"]
    if not constants:
        return model
    result = onnx.ModelProto()
    result.CopyFrom(model)
    for node in constants:
        result.graph.node.remove(node)
        result.graph.initializer.add().CopyFrom(node.attribute[0].t)
        result.graph.initializer[-1].name = node.output[0]
    return result


def _value_info(name, array):
    """Describes an array. Its shape is given, so that Diapason can compile for it."""
    return onnx.helper.make_tensor_value_info(name, onnx.helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)


def with_shapes(model, shapes):
    """Returns a copy of the model for inputs of these shapes, with the types of all tensors that can be known."""
    fixed, sizes = onnx.ModelProto(), {}
    fixed.CopyFrom(model)
    for value in fixed.graph.input:
        if value.name not in shapes:
            continue
        old = list(value.type.tensor_type.shape.dim)
        del value.type.tensor_type.shape.dim[:]
        for axis, size in enumerate(shapes[value.name]):
            if axis < len(old) and old[axis].dim_param:
                sizes.setdefault(old[axis].dim_param, size)
            value.type.tensor_type.shape.dim.add().dim_value = size
    for value in list(fixed.graph.value_info) + list(fixed.graph.output):
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param in sizes:
                dim.dim_value = sizes[dim.dim_param]
    try:
        return shape_inference.infer_shapes(fixed, data_prop=True)
    except Exception as error:  # pylint: disable=broad-except
        _log.info("the shapes of the model's tensors cannot be inferred: %s", error)
        return fixed


class _CompiledPart:
    """A part that Diapason computes."""

    def __init__(self, proto, threads):
        self.inputs = [value.name for value in proto.graph.input]
        self.outputs = [value.name for value in proto.graph.output]
        try:
            contents = proto.SerializeToString(deterministic=True)
        except Exception as error:  # pylint: disable=broad-except
            raise CompileError(f"the model cannot be written as one ONNX file: {error}") from None
        self.model = Model(compile_model(contents, threads), threads)

    def run(self, values):
        results = [np.empty(info.shape, info.type) for info in self.model.outputs]
        results = self.model.run_into([values[name] for name in self.inputs], results)
        values.update(zip(self.outputs, results))


class _OtherPart:
    """A part that onnxruntime computes."""

    def __init__(self, proto, threads, reason):
        runtime = import_onnxruntime(reason)
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self.inputs = [value.name for value in proto.graph.input]
        self.outputs = [value.name for value in proto.graph.output]
        self.session = runtime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def run(self, values):
        results = self.session.run(self.outputs, {name: values[name] for name in self.inputs})
        values.update(zip(self.outputs, results))


class Plan:
    """Computes a model for inputs of one shape each. Parts are compiled when the shapes of their inputs are known."""

    def __init__(self, model, arrays, threads):
        self._threads, self._reason = threads, ""
        self._original = model
        self._model = with_shapes(model, {name: array.shape for name, array in arrays.items()})
        graph = self._model.graph
        self._constants = constants_of(graph)
        self._wanted = [value.name for value in graph.output]
        self._types = {value.name: value for value in list(graph.value_info) + list(graph.output)}
        self._element_types = {name: value.type.tensor_type.elem_type for name, value in self._types.items()}
        self._element_types.update((value.name, value.type.tensor_type.elem_type) for value in graph.input)
        self._element_types.update((tensor.name, tensor.data_type) for tensor in graph.initializer)
        self._refused, self._divisions = set(), 0
        self._built = {}  # parts by their nodes
        # Until all parts are built, one thread at a time runs the plan and may divide parts further.
        self._lock, self._settled = threading.Lock(), False
        everything = graph_parts.Part(list(range(len(graph.node))), True)
        self._parts = [everything]
        try:
            self._whole = _CompiledPart(self._model, threads)
            self._parts = None
        except CompileError as error:
            self._whole = None
            self._refuse(everything, error)

    @property
    def compiled_model(self):
        """The compiled model if Diapason computes all of it, or None."""
        return self._whole.model if self._whole else None

    def parts(self):
        """Returns (number of nodes, whether Diapason computes them) for each part, in order of execution."""
        if self._whole:
            return [(len(self._model.graph.node), True)]
        return [(len(part.nodes), part.compiled) for part in self._parts]

    def run(self, arrays):
        """Returns the outputs by name. Several threads may call it at once."""
        values = dict(arrays)
        for name in self._wanted:  # an output may be a constant
            if name in self._constants and name not in values:
                tensor = next(t for t in self._model.graph.initializer if t.name == name)
                values[name] = onnx.numpy_helper.to_array(tensor)
        if self._whole:
            self._whole.run(values)
        elif self._settled:
            for part in self._parts:
                self._build(part, values).run(values)
        else:
            with self._lock:
                self._run_and_build(values)
                self._settled = True
        return {name: values[name] for name in self._wanted}

    def _run_and_build(self, values):
        inputs = dict(values)
        position = 0
        while position < len(self._parts):
            part = self._parts[position]
            try:
                self._build(part, values).run(values)
                position += 1
            except CompileError as error:
                if not part.compiled:
                    raise
                self._refuse(part, error)
                position = 0  # all parts may be others now
                values.clear()
                values.update(inputs)

    def _refuse(self, part, error):
        """Leaves the nodes of a part that cannot be compiled to onnxruntime, and divides the model again."""
        self._reason = self._reason or str(error)
        self._divisions += 1
        graph = self._model.graph
        refused = {part.nodes[i] for i in error.refused if i < len(part.nodes)}
        if error.tensors:
            # Where a type is refused at the border of a part, it would be refused at the next border, too.
            types = {self._element_types.get(name) for name in error.tensors}
            refused |= {i for i in part.nodes
                        for name in [*graph.node[i].output, *graph_parts.reads(graph.node[i])]
                        if name in error.tensors or self._element_types.get(name, 0) in types}
        if not refused or self._divisions > _MAX_DIVISIONS:
            refused = set(part.nodes)
        self._refused |= refused
        _log.warning("%d of %d nodes are run by onnxruntime: %s", len(self._refused), len(graph.node), error)
        self._parts = graph_parts.split(graph, graph_parts.live_nodes(graph, self._wanted), self._refused)

    def _build(self, part, values):
        key = tuple(part.nodes)
        if key not in self._built:
            self._built[key] = self._compile(part, values) if part.compiled else self._leave(part, values)
        return self._built[key]

    def _compile(self, part, values):
        names = graph_parts.inputs_of(self._model.graph, part, self._constants)
        given = [_value_info(name, values[name]) if isinstance(values[name], np.ndarray) else self._types[name]
                 for name in names]
        outputs = graph_parts.outputs_of(self._model.graph, part, self._wanted)
        proto = graph_parts.extract(self._model, part, given, outputs, self._types)
        return _CompiledPart(with_shapes(proto, {name: values[name].shape for name in names}), self._threads)

    def _leave(self, part, values):
        """Makes a part of the model as it is in the file: with fixed sizes, a branch that is never taken may not be
        valid."""
        graph = self._original.graph
        names = graph_parts.inputs_of(graph, part, self._constants)
        outputs = graph_parts.outputs_of(graph, part, self._wanted)
        without_shape = {}
        for name in [*names, *outputs]:
            is_array = isinstance(values.get(name), np.ndarray)
            value = _value_info(name, values[name]) if is_array else self._types.get(name)
            if value is not None:
                without_shape[name] = onnx.ValueInfoProto()
                without_shape[name].CopyFrom(value)
                if value.type.HasField("tensor_type"):
                    without_shape[name].type.tensor_type.ClearField("shape")
        given = [without_shape[name] for name in names]
        proto = graph_parts.extract(self._original, part, given, outputs, without_shape)
        return _OtherPart(proto, self._threads, self._reason)
