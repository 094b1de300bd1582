"""ONNX Runtime, with all of its optimisations.

ONNX Runtime computes a convolution in a blocked layout, and puts a conversion in front of it and another behind it.
For kernels of free layout, this peer takes the conversions out of the optimised model and makes them beforehand.
"""
import functools
import time

import numpy as np
import onnx
import onnxruntime
from onnx import helper

BLOCKED = "com.microsoft.nchwc"
OVERHEAD_CALLS = 20


def _session(model, threads, optimize, saved_to=None):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    level = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = level.ORT_ENABLE_ALL if optimize else level.ORT_DISABLE_ALL
    if saved_to:
        options.optimized_model_filepath = str(saved_to)
    model = model if isinstance(model, str) else model.SerializeToString()
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _untyped(names):
    return [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names]


def _model_of(nodes, optimized):
    inputs, outputs = [n.input[0] for n in nodes], [n.output[0] for n in nodes]
    graph = helper.make_graph(nodes, "conversions", _untyped(inputs), _untyped(outputs))
    return helper.make_model(graph, opset_imports=optimized.opset_import, ir_version=optimized.ir_version)


def _split(optimized):
    """Takes the conversions at the border out of the model; returns those of inputs and those of outputs."""
    graph = optimized.graph
    inputs, outputs = {i.name for i in graph.input}, {o.name for o in graph.output}
    before = [n for n in graph.node if n.domain == BLOCKED and n.op_type == "ReorderInput" and n.input[0] in inputs]
    after = [n for n in graph.node if n.domain == BLOCKED and n.op_type == "ReorderOutput" and n.output[0] in outputs]
    for converted, values, inner in ((before, graph.input, lambda n: (n.input[0], n.output[0])),
                                     (after, graph.output, lambda n: (n.output[0], n.input[0]))):
        replaced = dict(inner(n) for n in converted)
        kept = [v for v in values if v.name not in replaced]
        del values[:]
        values.extend(kept + _untyped(replaced.values()))
        for node in converted:
            graph.node.remove(node)
    return before, after


class _Bound:
    """A session whose inputs and outputs lie in memory that is allocated once."""

    def __init__(self, session, feeds):
        self.session, self.feeds = session, feeds
        self.binding = session.io_binding()
        results = session.run(None, feeds)
        self._kept = [(name, onnxruntime.OrtValue.ortvalue_from_numpy(array)) for name, array in feeds.items()]
        self._results = [(o.name, onnxruntime.OrtValue.ortvalue_from_numpy(r))
                         for o, r in zip(session.get_outputs(), results)]
        for name, value in self._kept:
            self.binding.bind_ortvalue_input(name, value)
        for name, value in self._results:
            self.binding.bind_ortvalue_output(name, value)

    def sample(self):
        begin = time.perf_counter()
        self.session.run_with_iobinding(self.binding)
        return time.perf_counter() - begin

    def results(self):
        self.sample()
        return {name: value.numpy() for name, value in self._results}


@functools.cache
def _empty(threads):
    """A model that does nothing with one element. A call of it takes the time that is not spent in kernels."""
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "empty",
                              [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])],
                              [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return _Bound(_session(model, threads, True), {"x": np.zeros(1, np.float32)})


class _Loaded:
    def __init__(self, case, threads):
        self._threads, self._after = threads, []
        saved = case.path / "onnxruntime.onnx"
        session, feeds = _session(str(case.model), threads, True, saved), dict(case.inputs)
        self._output_names = [o.name for o in session.get_outputs()]
        if case.free_layout:
            optimized = onnx.load(saved)
            before, self._after = _split(optimized)
            if before or self._after:
                if before:
                    converted = _session(_model_of(before, optimized), 1, False)
                    own = {n.input[0] for n in before}
                    values = converted.run(None, {name: feeds[name] for name in own})
                    feeds = {name: a for name, a in feeds.items() if name not in own}
                    feeds.update(zip((n.output[0] for n in before), values))
                if self._after:
                    self._back = _session(_model_of(self._after, optimized), 1, False)
                session = _session(optimized, threads, False)
        self._bound = _Bound(session, feeds)
        self.variant = f"without {len(before) + len(self._after)} conversions" if case.free_layout else ""
        self.sample = self._bound.sample

    def overhead(self):
        empty = _empty(self._threads)
        return min(empty.sample() for _ in range(OVERHEAD_CALLS))

    def outputs(self):
        results = self._bound.results()
        if self._after:
            values = self._back.run(None, {n.input[0]: results[n.input[0]] for n in self._after})
            results.update(zip((n.output[0] for n in self._after), values))
        return [results[name] for name in self._output_names]


class Peer:
    def __init__(self, threads, _):
        self._threads = threads

    def load(self, case, _):
        return _Loaded(case, self._threads)
