"""Makes the models of the session's tests: small ones, as exporters write them."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def _model(nodes, inputs, outputs, weights, domains=()):
    graph = helper.make_graph(nodes, "graph", inputs, outputs,
                              [numpy_helper.from_array(array, name) for name, array in weights.items()])
    opsets = [helper.make_opsetid("", 17)] + [helper.make_opsetid(domain, 3) for domain in domains]
    model = helper.make_model(graph, producer_name="diapason tests", opset_imports=opsets, ir_version=8)
    onnx.checker.check_model(model)
    return model


def classifier(seed, refused=False):
    """A convolutional network with a batch of any size. With `refused`, a support vector machine in the
    middle, which Diapason does not know, shifts the scores."""
    random = np.random.default_rng(seed)
    normal = lambda *shape: random.normal(0, 0.2, shape).astype(np.float32)
    weights = {"w1": normal(8, 3, 3, 3), "b1": normal(8), "w2": normal(16, 8, 3, 3), "b2": normal(16),
               "w3": normal(16, 24), "w4": normal(24, 10)}
    nodes = [helper.make_node("Conv", ["image", "w1", "b1"], ["c1"], strides=[2, 2], pads=[1, 1, 1, 1]),
             helper.make_node("Relu", ["c1"], ["r1"]),
             helper.make_node("Conv", ["r1", "w2", "b2"], ["c2"], pads=[1, 1, 1, 1]),
             helper.make_node("Relu", ["c2"], ["r2"]),
             helper.make_node("GlobalAveragePool", ["r2"], ["pool"]),
             helper.make_node("Flatten", ["pool"], ["features"]),
             helper.make_node("MatMul", ["features", "w3"], ["hidden"])]
    last = "hidden"
    if refused:
        nodes += [helper.make_node("SVMRegressor", ["hidden"], ["shift"], domain="ai.onnx.ml", kernel_type="LINEAR",
                                   kernel_params=[0.0] * 3, coefficients=[0.1] * 24, rho=[0.2], n_supports=0),
                  helper.make_node("Add", ["hidden", "shift"], ["shifted"])]
        last = "shifted"
    nodes += [helper.make_node("Relu", [last], ["r3"]),
              helper.make_node("MatMul", ["r3", "w4"], ["logits"]),
              helper.make_node("Softmax", ["logits"], ["scores"], axis=1)]
    return _model(nodes, [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 32, 32])],
                  [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 10])], weights,
                  ["ai.onnx.ml"] if refused else [])


def embedder(seed, width=32):
    """One layer of a transformer with a mean over the tokens, for any number of sentences of any length."""
    random = np.random.default_rng(seed)
    normal = lambda *shape: random.normal(0, 0.3, shape).astype(np.float32)
    weights = {"words": normal(100, width), "wq": normal(width, width), "wk": normal(width, width),
               "wv": normal(width, width), "one": np.float32(1), "far": np.float32(-1e4),
               "scale": np.float32(width**-0.5), "last": np.array([2], np.int64), "middle": np.array([1], np.int64)}
    nodes = [helper.make_node("Gather", ["words", "input_ids"], ["x"]),
             helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
             helper.make_node("Sub", ["one", "mask"], ["absent"]), helper.make_node("Mul", ["absent", "far"], ["low"]),
             helper.make_node("Unsqueeze", ["low", "middle"], ["bias"]),
             helper.make_node("MatMul", ["x", "wq"], ["q"]), helper.make_node("MatMul", ["x", "wk"], ["k"]),
             helper.make_node("MatMul", ["x", "wv"], ["v"]),
             helper.make_node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
             helper.make_node("MatMul", ["q", "kt"], ["dots"]), helper.make_node("Mul", ["dots", "scale"], ["scaled"]),
             helper.make_node("Add", ["scaled", "bias"], ["biased"]),
             helper.make_node("Softmax", ["biased"], ["weights"], axis=-1),
             helper.make_node("MatMul", ["weights", "v"], ["mixed"]), helper.make_node("Add", ["mixed", "x"], ["y"]),
             helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
             helper.make_node("Mul", ["y", "column"], ["kept"]),
             helper.make_node("ReduceSum", ["kept", "middle"], ["sum"], keepdims=0),
             helper.make_node("ReduceSum", ["column", "middle"], ["count"], keepdims=0),
             helper.make_node("Div", ["sum", "count"], ["embedding"])]
    tokens = lambda name: helper.make_tensor_value_info(name, TensorProto.INT64, ["sentences", "length"])
    return _model(nodes, [tokens("input_ids"), tokens("attention_mask")],
                  [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["sentences", width])], weights)
