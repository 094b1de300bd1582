"""The folder through which the processes of the benchmark share one case: a kernel, or a model.

  model.onnx          the model
  tensors.json        {"inputs": [{"name", "type", "shape"}], "constants": [...], "outputs": [...], "free_layout"}
  NAME.bin            the elements of an input or a constant, dense and row-major; special characters of the name are
                      encoded as in a URL
  PEER.INDEX.bin      the elements of an output as this peer computed it
"""
import json
import pathlib
import urllib.parse

import numpy as np


class CaseFolder:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.model = self.path / "model.onnx"
        self.diapason = {"default": self.path / "default", "tuned": self.path / "tuned"}

    def _file(self, name):
        return self.path / (urllib.parse.quote(name, safe="") + ".bin")

    def write(self, inputs, constants, outputs, free_layout):
        """`inputs` and `constants` are arrays by name, `outputs` the arrays that are expected."""
        def describe(name, array):
            return {"name": name, "type": array.dtype.name, "shape": array.shape}

        for name, array in {**inputs, **constants}.items():
            np.ascontiguousarray(array).tofile(self._file(name))
        (self.path / "tensors.json").write_text(json.dumps({
            "inputs": [describe(*i) for i in inputs.items()], "constants": [describe(*c) for c in constants.items()],
            "outputs": [describe(str(i), o) for i, o in enumerate(outputs)], "free_layout": free_layout}))

    def read(self):
        """Sets `inputs` and `constants`, arrays by name, `output_count`, and `free_layout`."""
        tensors = json.loads((self.path / "tensors.json").read_text())

        def arrays(kind):
            return {t["name"]: np.fromfile(self._file(t["name"]), t["type"]).reshape(t["shape"])
                    for t in tensors[kind]}

        self.inputs, self.constants = arrays("inputs"), arrays("constants")
        self.output_count, self.free_layout = len(tensors["outputs"]), tensors["free_layout"]
        return self

    def write_outputs(self, peer, outputs):
        for i, output in enumerate(outputs):
            np.ascontiguousarray(output).tofile(self.path / f"{peer}.{i}.bin")

    def remove_tensors(self):
        for file in self.path.glob("*.bin"):
            file.unlink()

    def error(self, peer, expected):
        """The largest difference between the peer's outputs and `expected`, relative to the largest value."""
        worst = 0.0
        for i, reference in enumerate(expected):
            got = np.fromfile(self.path / f"{peer}.{i}.bin", np.float32 if reference.dtype.kind == "f" else
                              reference.dtype)
            if got.size != reference.size:
                return float("inf")
            difference = np.abs(got.astype(np.float64) - reference.reshape(-1).astype(np.float64)).max(initial=0)
            if not np.isfinite(difference):
                return float("inf")
            worst = max(worst, difference / max(np.abs(reference).max(initial=0), 1e-30))
        return float(worst)
