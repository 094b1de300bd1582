"""A user's program: classifies a batch of images, and prints the scores as JSON. Arguments: the model, the images."""
import json
import sys

import numpy as np
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
entry = session.get_inputs()[0]
images = np.load(sys.argv[2])
assert entry.type == "tensor(float)" and entry.shape[1:] == list(images.shape[1:]), entry

scores = session.run([session.get_outputs()[0].name], {entry.name: images})[0]

# The same for one image, with memory of the program's own.
binding = session.io_binding()
first = onnxruntime.OrtValue.ortvalue_from_numpy(images[:1])
binding.bind_ortvalue_input(entry.name, first)
binding.bind_output(session.get_outputs()[0].name)
session.run_with_iobinding(binding)
one = binding.copy_outputs_to_cpu()[0]

result = np.empty((1, scores.shape[1]), np.float32)
binding = session.io_binding()
binding.bind_cpu_input(entry.name, images[:1])
binding.bind_output(session.get_outputs()[0].name, "cpu", 0, np.float32, result.shape, result.ctypes.data)
session.run_with_iobinding(binding)
assert np.array_equal(result, one)

print(json.dumps({"scores": scores.tolist(), "first": one.tolist(), "classes": scores.argmax(axis=1).tolist()}))
