"""Runs a model in another inference engine, for `diapason bench --against`: peer_worker.py PEER.

It reads one request a line from descriptor 3 and writes one answer a line to descriptor 4, both as JSON:

  {"model", "threads", "folder", "inputs": [{"name", "type", "shape", "file"}], "outputs": [the same, with contents]}
      loads the model and answers {"version", "error"}: the engine's version, and the largest difference of an output
      from the given contents, relative to the largest value
  {"seconds"}
      runs the model for so long, and answers {"times_us": [...]}

An answer {"failed"} says in one line why the engine cannot do it. Engines are asked for 32-bit floats.
"""
import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
import time

import numpy as np


def command(*words, **options):
    """Calls a program. Its last words are the error's message."""
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        lines = done.stdout.splitlines() or [""]
        errors = [line for line in lines if "error" in line.lower()] or lines
        program = os.path.basename(words[0])
        raise RuntimeError(f"{program} ended with the exit code {done.returncode}: {errors[-1][:200]}")


def program_of_package(name):
    """Returns the path of the program that a Python package of the same name contains."""
    package = importlib.util.find_spec(name)
    if package is None:
        raise ImportError(name=name)
    return os.path.join(package.submodule_search_locations[0], name)


# One function for each engine. It returns what is timed, and a function that gives the outputs in order.


def onnxruntime(model, feeds, names, threads, folder):
    import onnxruntime as runtime
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    values = {name: runtime.OrtValue.ortvalue_from_numpy(array) for name, array in feeds.items()}
    for name, value in values.items():
        binding.bind_ortvalue_input(name, value)
    for name in names:
        binding.bind_output(name, "cpu")
    try:
        for _ in range(2):
            session.run_with_iobinding(binding)
    except Exception:  # a model whose declared shapes are wrong runs only without binding
        return lambda: session.run(names, feeds), lambda: session.run(names, feeds)
    return lambda: session.run_with_iobinding(binding), lambda: session.run(names, feeds)


def openvino(model, feeds, names, threads, folder):
    import openvino as runtime
    core = runtime.Core()
    loaded = core.read_model(model)
    if any(port.partial_shape.is_dynamic for port in loaded.inputs):
        loaded.reshape({name: list(array.shape) for name, array in feeds.items()})
    compiled = core.compile_model(loaded, "CPU", {
        "INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY", "ENABLE_CPU_PINNING": False})
    request = compiled.create_infer_request()
    for name, array in feeds.items():
        request.set_tensor(name, runtime.Tensor(array))

    def fetch():
        request.infer()
        return [request.get_tensor(port).data.copy() for port in compiled.outputs]

    return request.infer, fetch


def mnn(model, feeds, names, threads, folder):
    import MNN.expr as expressions
    import MNN.nn as networks
    converted = os.path.join(folder, "model.mnn")
    # The console script `mnnconvert` reports its use over the network; the function does not.
    command(sys.executable, "-c", "import sys, MNN, _tools; _tools.mnnconvert(sys.argv)", "-f", "ONNX", "--modelFile",
            model, "--MNNModel", converted, "--bizCode", "bench")
    if not os.path.exists(converted):
        raise RuntimeError("its converter does not support the model")
    runtime = networks.create_runtime_manager(
        ({"backend": "CPU", "precision": "high", "numThread": threads, "memory": "high", "power": "high"},))
    network = networks.load_module_from_file(converted, list(feeds), names, runtime_manager=runtime)
    variables = []
    for array in feeds.values():
        kind = expressions.int if array.dtype.kind in "iub" else expressions.float
        data = array.astype("int32") if array.dtype.kind in "iub" else array
        variables.append(expressions.const(data, list(array.shape), expressions.NCHW, kind))
    results = []

    def run():
        outputs = network.forward(variables)
        results[:] = [one.read() for one in (outputs if isinstance(outputs, (tuple, list)) else [outputs])]

    return run, lambda: run() or results


def ncnn(model, feeds, names, threads, folder):
    import ncnn as runtime
    files = []  # the inputs themselves, because the converter would make up indices that are out of range
    for i, array in enumerate(feeds.values()):
        files.append(f"in{i}.npy")
        np.save(os.path.join(folder, files[-1]), array)
    link = os.path.join(folder, "model.onnx")
    if not os.path.exists(link):
        os.symlink(model, link)
    command(program_of_package("pnnx"), "model.onnx", f"input={','.join(files)}", "fp16=0", "ncnnparam=model.param",
            "ncnnbin=model.bin", cwd=folder)
    network = runtime.Net()
    network.opt.num_threads = threads
    network.opt.use_vulkan_compute = False
    for flag in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage", "use_bf16_packed"):
        if hasattr(network.opt, flag):
            setattr(network.opt, flag, False)
    if network.load_param(os.path.join(folder, "model.param")) or network.load_model(os.path.join(folder, "model.bin")):
        raise RuntimeError("it does not load the converted model")
    # Its tensors have no dimension for the batch.
    mats = [runtime.Mat(a[0].astype("int32") if a.dtype.kind in "iub" else a[0]).clone() for a in feeds.values()]
    results = []

    def run():
        extractor = network.create_extractor()
        for i, mat in enumerate(mats):
            extractor.input(f"in{i}", mat)
        results[:] = [extractor.extract(f"out{i}") for i in range(len(names))]
        if any(code for code, _ in results):
            raise RuntimeError("it does not compute an output")

    return run, lambda: run() or [np.array(mat)[None] for _, mat in results]


PEERS = {"onnxruntime": (onnxruntime, "onnxruntime"), "openvino": (openvino, "openvino"), "mnn": (mnn, "MNN"),
         "ncnn": (ncnn, "ncnn")}


def read(tensor):
    return np.fromfile(tensor["file"], tensor["type"]).reshape([int(size) for size in tensor["shape"]])


def difference(outputs, expected):
    """Returns the largest difference relative to the largest expected value, over all outputs."""
    largest = 0.0
    for actual, wanted in zip(outputs, expected):
        actual, wanted = np.asarray(actual, np.float64).ravel(), wanted.astype(np.float64).ravel()
        if actual.size != wanted.size:
            return float("inf")
        if wanted.size:
            largest = max(largest, float(np.abs(actual - wanted).max()) / max(float(np.abs(wanted).max()), 1e-30))
    return largest if largest == largest else float("inf")


class Worker:
    """Answers requests about one engine."""

    def __init__(self, peer):
        self.peer, self.run = peer, None

    def answer(self, request):
        if "seconds" in request:
            return {"times_us": self.time(request["seconds"])}
        load, package = PEERS[self.peer]
        feeds = {tensor["name"]: read(tensor) for tensor in request["inputs"]}
        names = [tensor["name"] for tensor in request["outputs"]]
        self.run, fetch = load(request["model"], feeds, names, int(request["threads"]), request["folder"])
        error = difference(fetch(), [read(tensor) for tensor in request["outputs"]])
        return {"version": importlib.metadata.version(package), "error": min(error, 1e30)}

    def time(self, seconds):
        self.run()  # warms the caches, which the engine before has filled
        times, end = [], time.perf_counter() + seconds
        while not times or time.perf_counter() < end:
            begin = time.perf_counter()
            self.run()
            times.append(1e6 * (time.perf_counter() - begin))
        return times


def main():
    worker = Worker(sys.argv[1])
    with os.fdopen(3) as requests, os.fdopen(4, "w") as answers:
        for line in requests:
            try:
                answer = worker.answer(json.loads(line))
            except ImportError as error:
                answer = {"failed": f"the Python package {error.name} is not installed"}
            except Exception as error:  # whatever an engine raises
                answer = {"failed": " ".join(str(error).split())[:300] or type(error).__name__}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
