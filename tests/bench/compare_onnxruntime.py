#!/usr/bin/env python3
"""Times compiled models and ONNX Runtime on the same inputs, interleaved run by run, and compares their outputs.

    compare_onnxruntime.py MODEL.onnx FOLDER [FOLDER ...] [--threads 1] [--rounds 40] [--runs 5]

FOLDER is the output of `diapason compile`. Needs Python with numpy, onnx and onnxruntime. Prints for each round the
ratio of median times (compiled / ONNX Runtime), and at the end the median and quartiles over the rounds.
`--quiet-share S` leaves out rounds in which other processes used more than that share of the machine.
"""
import argparse
import ctypes
import glob
import json
import os
import time

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper


class DLTensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32),
                ("ndim", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8),
                ("lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)]


CODES = {"i": 0, "u": 1, "f": 2, "b": 1}  # DLPack's code for each of numpy's kinds; booleans are unsigned


def dlpack(arrays):
    tensors = (DLTensor * max(1, len(arrays)))()
    for tensor, array in zip(tensors, arrays):
        shape = (ctypes.c_int64 * max(1, array.ndim))(*array.shape)
        tensor.data, tensor.device_type, tensor.ndim, tensor.shape = array.ctypes.data, 1, array.ndim, shape
        tensor.code, tensor.bits, tensor.lanes = CODES[array.dtype.kind], 8 * array.itemsize, 1
    return tensors


class CompiledModel:
    def __init__(self, folder, threads):
        with open(os.path.join(folder, "manifest.json")) as file:
            self.manifest = json.load(file)
        self.label = folder
        self.library = ctypes.CDLL(os.path.abspath(os.path.join(folder, self.manifest["library"])))
        self.function("last_error").restype = ctypes.c_char_p
        self.model = ctypes.c_void_p()
        self.check(self.function("create")(ctypes.c_int32(threads), ctypes.byref(self.model)))
        self.outputs = [np.zeros(t["shape"], t["type"]) for t in self.manifest["outputs"]]
        self.output_tensors = dlpack(self.outputs)

    def function(self, suffix):
        return getattr(self.library, f"{self.manifest['name']}_{suffix}")

    def check(self, status):
        if status != 0:
            raise RuntimeError(self.function("last_error")().decode())

    def bind(self, inputs):
        self.inputs = [np.ascontiguousarray(a) for a in inputs]
        self.input_tensors = dlpack(self.inputs)

    def run(self):
        self.check(self.function("run")(self.model, self.input_tensors, len(self.inputs), self.output_tensors,
                                        len(self.outputs)))
        return self.outputs


class OnnxRuntimeModel:
    def __init__(self, path, threads):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.label = f"ONNX Runtime {onnxruntime.__version__}"

    def bind(self, inputs):
        self.feed = {i.name: a for i, a in zip(self.session.get_inputs(), inputs)}

    def run(self):
        return self.session.run(None, self.feed)


def read_inputs(path):
    """Reads NAME/input_N.pb next to NAME.onnx, or makes random inputs; then integers and booleans are 0 or 1."""
    files = sorted(glob.glob(os.path.splitext(path)[0] + "/input_*.pb"))
    if files:
        return [numpy_helper.to_array(onnx.load_tensor(f)) for f in files]
    random = np.random.default_rng(1)
    types = {"tensor(float)": "float32", "tensor(int64)": "int64", "tensor(int32)": "int32", "tensor(bool)": "bool"}
    inputs = []
    for i in onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_inputs():
        values = random.uniform(-1, 1, i.shape) if i.type == "tensor(float)" else random.integers(0, 2, i.shape)
        inputs.append(values.astype(types[i.type]))
    return inputs


# Threads of a pool spin for a while after a run. Until they sleep they use processors that the next run needs.
REST_SECONDS = 0.02


def time_runs(model, runs):
    time.sleep(REST_SECONDS)
    model.run()
    samples = []
    for _ in range(runs):
        begin = time.perf_counter()
        model.run()
        samples.append((time.perf_counter() - begin) * 1e6)
    return float(np.median(samples))


def busy_seconds():
    """Returns the processor time of the whole machine and of this process."""
    with open("/proc/stat") as file:
        fields = [int(f) for f in file.readline().split()[1:9]]
    ticks = os.sysconf("SC_CLK_TCK")
    return (sum(fields) - fields[3] - fields[4]) / ticks, time.process_time()


def quartiles(values):
    low, middle, high = np.percentile(values, [25, 50, 75])
    return f"{middle:.3f} ({low:.3f}-{high:.3f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--runs", type=int, default=5, help="runs of each model in a round")
    parser.add_argument("--quiet-share", type=float, default=1.0)
    options = parser.parse_args()

    inputs = read_inputs(options.model)
    peer = OnnxRuntimeModel(options.model, options.threads)
    models = [CompiledModel(folder, options.threads) for folder in options.folders]
    for model in [peer, *models]:
        model.bind(inputs)
        model.run()
    expected = peer.run()
    for model in models:
        for i, (a, b) in enumerate(zip(model.run(), expected)):
            error = np.max(np.abs(a.astype(np.float64) - b)) / max(np.max(np.abs(b)), 1e-30)
            print(f"{model.label}: output {i} within {error:.1e} of the largest value")

    times, kept = {model.label: [] for model in [peer, *models]}, 0
    for number in range(options.rounds):
        machine, own = busy_seconds()
        begin = time.perf_counter()
        now = {model.label: time_runs(model, options.runs) for model in [peer, *models]}
        wall = time.perf_counter() - begin
        machine_end, own_end = busy_seconds()
        others = max(0.0, (machine_end - machine) - (own_end - own)) / (wall * os.cpu_count())
        noisy = others > options.quiet_share
        ratios = "  ".join(f"{model.label} {now[model.label] / now[peer.label]:.3f}" for model in models)
        print(f"round {number + 1}: {ratios}  (others used {100 * others:.0f} %{', left out' if noisy else ''})")
        if noisy:
            continue
        kept += 1
        for label, us in now.items():
            times[label].append(us)

    if kept == 0:
        raise SystemExit("other processes were too busy in every round; repeat this on an idle machine")
    print(f"\n{kept} of {options.rounds} rounds, {options.threads} threads, median (quartiles)")
    for label, samples in times.items():
        ratios = np.array(samples) / np.array(times[peer.label])
        print(f"  {label}: {quartiles(np.array(samples) / 1000)} ms, ratio {quartiles(ratios)}")


if __name__ == "__main__":
    main()
