"""Builds one random model, node by node. Every value is computed as soon as it is made, so that its shape and contents
are known when the next node is made."""

import random as random_module

import numpy as np
import onnx
from onnx import helper, numpy_helper

from fuzzer import values
from fuzzer.reference import Operation
from fuzzer.values import BOOL, FLOAT, INT32, INT64

_TYPES = {"tensor(float)": FLOAT, "tensor(int32)": INT32, "tensor(int64)": INT64, "tensor(bool)": BOOL}


class TooLarge(Exception):
    """A result has too many elements for a test, so another graph must be made."""


class Value:
    def __init__(self, name, array, known):
        self.name, self.array = name, array
        self.is_open = False  # its size is known only when the model runs
        self.known = known  # it depends only on constants and shapes, so that the importer computes it

    shape = property(lambda self: self.array.shape)
    rank = property(lambda self: self.array.ndim)
    dtype = property(lambda self: self.array.dtype)


class GraphBuilder:
    def __init__(self, seed, opset):
        self.random = random_module.Random(seed)
        self.generator = np.random.default_rng(seed)
        self.opset = opset
        self.style = self.random.choice(values.STYLES)
        self.zeros = 0.15 if self.random.random() < 0.06 else 0.0  # the chance of an extent of 0
        self.nodes, self.initializers, self.inputs, self.values = [], [], [], []
        self.initializer_values = []
        self.most_elements = 6000  # the limit for one result
        self.inference_errs = False  # whether onnx's own shape inference is known to be wrong for this graph
        self.operations = {}  # for reference.Evaluation

    # ---- Choices

    def chance(self, probability):
        return self.random.random() < probability

    def choice(self, options):
        return self.random.choice(options)

    def types_of(self, op, parameter=0):
        """Returns those of our element types that the operator's formal parameter accepts in this opset."""
        return types_of(op, self.opset, parameter)

    def dtype_for(self, op, parameter=0):
        types = self.types_of(op, parameter)
        if FLOAT in types and self.chance(0.7):
            return FLOAT
        return self.choice(types)

    def axis(self, rank, negative=True):
        axis = self.random.randrange(rank)
        return axis - rank if negative and self.chance(0.4) else axis

    def axes(self, rank, least=1, negative=True):
        count = self.random.randint(least, rank)
        axes = self.random.sample(range(rank), count)
        if self.chance(0.6):
            axes.sort()
        return [a - rank if negative and self.chance(0.3) else a for a in axes]

    # ---- Leaves

    def tensor(self, dtype, shape, style=None):
        return values.tensor(self.generator, self.random, np.dtype(dtype), tuple(shape), style or self.style)

    def leaf(self, array, known=None):
        """Makes an input or, if `known` is true, a constant in one of the forms that a file may have."""
        array = np.asarray(array)
        if known is None:
            known = self.chance(0.35)
        return self.constant(array) if known else self.input(array)

    def input(self, array):
        value = Value(f"x{len(self.inputs)}", np.asarray(array), False)
        self.inputs.append(value)
        self.values.append(value)
        return value

    def constant(self, array):
        array = np.asarray(array)
        if self.chance(0.3) and array.dtype in self.constant_types():
            return self.constant_node(array)
        value = Value(f"c{len(self.initializers)}", array, True)
        tensor = self.tensor_proto(array, value.name)
        self.initializers.append(tensor)
        self.initializer_values.append(value)
        self.values.append(value)
        return value

    def tensor_proto(self, array, name):
        if self.chance(0.6):
            return numpy_helper.from_array(array, name)
        elements = array.flatten().tolist() if array.dtype != FLOAT else array.flatten()
        return helper.make_tensor(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape, elements)

    def constant_types(self):
        """Returns the types that a Constant node may have: before opset 9 only floats."""
        return [FLOAT] if self.opset < 9 else list(values.DTYPES)

    def constant_node(self, array):
        forms = [{"value": self.tensor_proto(array, "")}]
        if self.opset >= 12:
            if array.dtype == FLOAT and array.ndim == 0:
                forms.append({"value_float": float(array)})
            if array.dtype == INT64 and array.ndim == 0:
                forms.append({"value_int": int(array)})
            if array.dtype == FLOAT and array.ndim == 1:
                forms.append({"value_floats": [float(v) for v in array]})
            if array.dtype == INT64 and array.ndim == 1:
                forms.append({"value_ints": [int(v) for v in array]})
        form = self.choice(forms)
        # An empty list as an attribute has no type.
        if any(isinstance(v, list) and not v for v in form.values()):
            form = forms[0]
        return self.node("Constant", [], **form)

    def ints(self, numbers, dtype=INT64, scalar=False):
        """Makes integers that the importer must know: a constant or, if int64, a result of shape arithmetic."""
        array = np.asarray(numbers if not scalar else numbers, dtype=dtype)
        if dtype == INT64 and array.ndim == 1 and array.size and self.chance(0.12):
            return self._shape_arithmetic([int(n) for n in array])
        return self.constant(array)

    def _shape_arithmetic(self, numbers):
        parts = []
        for number in numbers:
            sources = [v for v in self.values if number in v.shape and not v.is_open]
            if not sources or self.chance(0.3):
                parts.append(self.constant(np.asarray([number], dtype=INT64)))
                continue
            source = self.choice(sources)
            shape = self.node("Shape", [source])
            place = source.shape.index(number)
            if self.chance(0.5):
                index = self.constant(np.asarray([place], dtype=INT64))
                parts.append(self.node("Gather", [shape, index], axis=0))
            else:
                index = self.constant(np.asarray(place, dtype=INT64))
                parts.append(self.unsqueeze(self.node("Gather", [shape, index], axis=0), [0]))
        return self.node("Concat", parts, axis=0)

    # ---- Operands

    def pick(self, dtype=None, fits=lambda value: True, make=None, reuse=0.8, known=None):
        """Returns an existing value or a new leaf. The leaf has the shape make(), or any shape if `make` is None."""
        dtypes = None if dtype is None else ([np.dtype(dtype)] if not isinstance(dtype, (list, tuple)) else dtype)
        if self.chance(reuse):
            found = [v for v in self.values if (dtypes is None or v.dtype in dtypes) and fits(v)
                     and (known is None or v.known == known)]
            if self.chance(0.8):  # most operators refuse values whose size is known only when the model runs
                found = [v for v in found if not v.is_open]
            if found:
                # The newest value is the most likely, so that graphs are not only wide but also deep.
                return found[-1] if self.chance(0.5) else self.choice(found)
        new = self.choice(dtypes) if dtypes else self.choice(values.DTYPES)
        shape = make() if make else values.shape(self.random, zeros=self.zeros)
        return self.leaf(self.tensor(new, shape), known)

    def shape(self, rank=None, most=values.MAX_ELEMENTS):
        return values.shape(self.random, rank, most, self.zeros)

    def partner(self, value, dtype=None):
        """Returns a second operand that broadcasts with `value`."""
        dtype = value.dtype if dtype is None else dtype

        def broadcasts(other):
            try:
                return np.prod(np.broadcast_shapes(other.shape, value.shape)) <= self.most_elements
            except ValueError:
                return False

        def make():
            if self.chance(0.15):  # here `value` is the operand that is broadcast
                wide = list(value.shape)
                wide = [self.random.randint(1, 5) if d == 1 and self.chance(0.6) else d for d in wide]
                lead = [self.random.randint(1, 3)] if len(wide) < 5 and self.chance(0.5) else []
                return tuple(lead + wide)
            return values.broadcastable(self.random, value.shape)

        return self.pick(dtype, broadcasts, make, reuse=0.5)

    # ---- Nodes

    def node(self, op, inputs, outputs=1, **attributes):
        """Adds a node and evaluates it. Returns its value, or a list of its values if `outputs` is not 1."""
        attributes = {k: v for k, v in attributes.items() if v is not None}
        inputs = list(inputs)
        while inputs and inputs[-1] is None:
            inputs.pop()
        names = [f"{op.lower()}{len(self.nodes)}" + (f"_{i}" if outputs > 1 else "") for i in range(outputs)]
        proto = helper.make_node(op, [v.name if v else "" for v in inputs], names,
                                 name=names[0] if self.chance(0.8) else "", **attributes)
        arrays = [v.array if v else None for v in inputs]
        operation = Operation(proto, self.opset, arrays)
        results = operation.run(arrays)
        if any(r.size > self.most_elements for r in results):
            raise TooLarge()
        self.operations[(proto.SerializeToString(),
                         tuple((a.dtype.char, a.shape) if a is not None else None for a in arrays))] = operation
        self.nodes.append(proto)
        is_open = any(v is not None and v.is_open for v in inputs)
        known = (op in ("Shape", "Size") and not is_open) or all(v is None or v.known for v in inputs)
        made = [Value(name, np.asarray(result), known) for name, result in zip(names, results)]
        for value in made:
            value.is_open = not known and (is_open or op in ("Compress", "NonMaxSuppression", "NonZero", "Unique"))
        self.values.extend(made)
        return made[0] if outputs == 1 else made

    def reshape(self, value, shape):
        return self.node("Reshape", [value, self.ints(shape)])

    def transpose(self, value, perm):
        return self.node("Transpose", [value], perm=perm)

    def unsqueeze(self, value, axes):
        if self.opset < 13:
            return self.node("Unsqueeze", [value], axes=axes)
        return self.node("Unsqueeze", [value, self.constant(np.asarray(axes, dtype=INT64))])

    def squeeze(self, value, axes):
        if self.opset < 13:
            return self.node("Squeeze", [value], axes=axes)
        return self.node("Squeeze", [value, self.constant(np.asarray(axes, dtype=INT64))])

    def reduce(self, op, value, axes, keepdims=1):
        """Adds a reduction in the form of the opset."""
        if self.opset < (13 if op == "ReduceSum" else 18):
            return self.node(op, [value], axes=axes, keepdims=keepdims)
        return self.node(op, [value, self.ints(axes)], keepdims=keepdims)

    def number(self, number, dtype=FLOAT):
        return self.constant(np.asarray(number, dtype=dtype))

    # ---- The model

    def model(self):
        """Returns (ModelProto, inputs by name). The outputs are the values that no node reads, and a few others."""
        read = {name for node in self.nodes for name in node.input}
        produced = {name for node in self.nodes for name in node.output}
        made = [v for v in self.values if v.name in produced]
        ends = [v for v in made if v.name not in read]
        outputs = self.random.sample(ends, min(len(ends), 6))
        inner = [v for v in made if v.name in read]
        if inner and self.chance(0.3):
            outputs += self.random.sample(inner, min(len(inner), self.choice((1, 1, 2))))
        self.random.shuffle(outputs)

        def info(value):
            return helper.make_tensor_value_info(
                value.name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)

        # Files of old versions must list initializers as inputs too, and newer files may.
        version = 3 if self.opset < 9 and self.chance(0.5) else 8
        listed = [v for v in self.initializer_values if version == 3 or self.chance(0.1)]
        graph = helper.make_graph(self.nodes, "random", [info(v) for v in self.inputs + listed],
                                  [info(v) for v in outputs], self.initializers)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)],
                                  ir_version=version)
        return model, {v.name: v.array for v in self.inputs}


_SCHEMA_TYPES = {}


def types_of(op, opset, parameter=0):
    key = (op, opset, parameter)
    if key not in _SCHEMA_TYPES:
        schema = onnx.defs.get_schema(op, opset, "")
        formal = schema.inputs[min(parameter, len(schema.inputs) - 1)]
        allowed = set(formal.types)
        _SCHEMA_TYPES[key] = [dtype for text, dtype in _TYPES.items() if text in allowed]
    return _SCHEMA_TYPES[key]


def since(op, opset):
    """Returns whether this opset has the operator."""
    try:
        schema = onnx.defs.get_schema(op, opset, "")
    except onnx.defs.SchemaError:
        return False
    return not schema.deprecated
