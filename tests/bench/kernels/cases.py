"""The cases that are timed, kernels and whole models: what a case's folder holds, and what its result should be."""
import dataclasses
import re
import shutil

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

import kernels
import models
from case_folder import CaseFolder


@dataclasses.dataclass
class Case:
    name: str
    kind: str
    operator: object  # None: a whole model
    folder: CaseFolder
    expected: list  # the outputs
    sizes: dict = dataclasses.field(default_factory=dict)  # of the dynamic dimensions, by name

    @property
    def flops(self):
        return self.operator.flops() if self.operator else None

    @property
    def moved_bytes(self):
        return kernels.moved_bytes(self.operator) if self.operator else None


def _empty_folder(path):
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return CaseFolder(path)


def kernel_case(kernel, work):
    folder = _empty_folder(work / kernel.name)
    inputs, constants = models.make_data(kernel.operator)
    models.write_model(kernel.operator, constants, folder.model)
    expected = [models.compute_reference(kernel.operator, inputs, constants)]
    folder.write(inputs, constants, expected, kernel.operator.free_layout)
    return Case(kernel.name, kernel.kind, kernel.operator, folder, expected)


def model_case(path, work):
    """The inputs are FILE/input_N.pb; without these, random numbers, and 0 or 1 for integers. The outputs of ONNX
    Runtime without optimisations are what is expected."""
    name = re.sub(r"\s", "_", path.stem)
    folder = _empty_folder(work / name)
    shutil.copy(path, folder.model)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    files = sorted(path.with_suffix("").glob("input_*.pb"), key=lambda file: int(file.stem.split("_")[1]))
    if files:
        arrays = [numpy_helper.to_array(onnx.load_tensor(file)) for file in files]
    else:
        arrays = [_random_array(path, i) for i in session.get_inputs()]
    inputs = {i.name: np.ascontiguousarray(a) for i, a in zip(session.get_inputs(), arrays)}
    expected = session.run(None, inputs)
    folder.write(inputs, {}, expected, free_layout=False)
    sizes = {name: size for i in session.get_inputs() for name, size in zip(i.shape, inputs[i.name].shape)
             if isinstance(name, str)}
    return Case(name, "model", None, folder, expected, sizes)


def _random_array(path, description):
    types = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32,
             "tensor(bool)": np.bool_}
    if description.type not in types or not all(isinstance(size, int) for size in description.shape):
        raise SystemExit(f"{path}: the input '{description.name}' has the type {description.type} and the shape "
                         f"{description.shape}; give the inputs as files {path.with_suffix('')}/input_N.pb")
    random = np.random.default_rng(1)
    values = (random.uniform(-1, 1, description.shape) if description.type == "tensor(float)" else
              random.integers(0, 2, description.shape))
    return np.asarray(values, types[description.type])
