"""Runs the product: the program compile_models compiles and runs models, one after the other, in one process."""

import collections
import os
import shutil
import subprocess

import numpy as np
from onnx import TensorProto, numpy_helper

Result = collections.namedtuple("Result", "kind message seconds outputs")


class Compiler:
    """Compiles and runs models, in one driver process for each object. result() returns results in the order of
    submit(), so that the next model can be made while one is compiled."""

    def __init__(self, build_dir, source_dir, scratch, limit_seconds):
        self._scratch = scratch
        self._program = os.path.join(build_dir, "tests", "compile_models")
        self._environment = {**os.environ, "DIAPASON_BUILD_DIR": build_dir, "DIAPASON_SOURCE_DIR": source_dir}
        self._limit = limit_seconds
        self._pending = collections.deque()
        self._count = 0
        self._process = None

    def operators(self):
        """Returns the names of the operators that the importer supports."""
        out = subprocess.run([self._program, "--operators"], env=self._environment, check=True, capture_output=True)
        return out.stdout.decode().split()

    def submit(self, model, inputs):
        """Begins to compile and run a model. `inputs` has an array for each name."""
        folder = os.path.join(self._scratch, str(self._count))
        self._count += 1
        os.makedirs(folder)
        write_case(folder, os.path.join(folder, "model.onnx"), model, inputs, [])
        if self._process is None:
            self._process = subprocess.Popen([self._program, "--limit", str(self._limit)], stdin=subprocess.PIPE,
                                             stdout=subprocess.PIPE, env=self._environment, text=True)
        self._process.stdin.write(folder + "\n")
        self._process.stdin.flush()
        self._pending.append((folder, len(model.graph.output)))

    def result(self):
        """Waits for the result of the oldest submitted model whose result has not been returned yet."""
        folder, count = self._pending.popleft()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"compile_models ended with code {self._process.wait()}")
        name, kind, seconds, message = line.rstrip("\n").split("\t", 3)
        assert name == folder, (name, folder)
        outputs = []
        if kind in ("ok", "unstable"):
            for i in range(count):
                tensor = TensorProto()
                with open(os.path.join(folder, f"actual_{i}.pb"), "rb") as file:
                    tensor.ParseFromString(file.read())
                outputs.append(numpy_helper.to_array(tensor))
        elif kind == "crashed":
            with open(os.path.join(folder, "stderr"), errors="replace") as file:
                message += " | " + file.read(400).replace("\n", " | ")
        shutil.rmtree(folder)
        return Result(kind, message.replace(folder + "/", ""), float(seconds), outputs)

    def run(self, model, inputs):
        assert not self._pending
        self.submit(model, inputs)
        return self.result()

    def close(self):
        if self._process is not None:
            self._process.stdin.close()
            self._process.wait()
            self._process = None


def write_case(folder, model_path, model, inputs, outputs):
    """Writes a model, input_N.pb and output_N.pb in the layout of ONNX's own test data."""
    with open(model_path, "wb") as file:
        file.write(model.SerializeToString())
    constants = {tensor.name for tensor in model.graph.initializer}
    real = [info.name for info in model.graph.input if info.name not in constants]
    tensors = [(f"input_{i}.pb", name, inputs[name]) for i, name in enumerate(real)]
    tensors += [(f"output_{i}.pb", "", value) for i, value in enumerate(outputs)]
    for file_name, name, array in tensors:
        with open(os.path.join(folder, file_name), "wb") as file:
            file.write(_tensor(np.asarray(array), name).SerializeToString())


def _tensor(array, name):
    """Makes a TensorProto. True booleans of inputs (tensors with a name) get bytes other than 1 too, because every byte
    except 0 means true."""
    tensor = numpy_helper.from_array(array, name or None)
    if array.dtype == np.bool_ and name:
        trues = np.resize(np.array([1, 255, 2, 128, 1], dtype=np.uint8), array.shape)
        tensor.raw_data = np.where(array, trues, 0).astype(np.uint8).tobytes()
    return tensor
