#!/usr/bin/env python3
"""`diapason bench --against` measures other engines in turns. The engines of this test are Python packages that it
writes itself: one computes the right outputs, one wrong ones, one ends its process, and one is not installed."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest
import xml.dom.minidom

BIN = os.path.join(os.environ["DIAPASON_BUILD_DIR"], "bin")

KERNEL = """
func.func @difference(%a: tensor<30x40xf32>, %b: tensor<30x40xf32>, %out: tensor<30x40xf32>) -> tensor<30x40xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : tensor<30x40xf32>, tensor<30x40xf32>) outs(%out : tensor<30x40xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %s = arith.subf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<30x40xf32>
  return %0 : tensor<30x40xf32>
}
"""
# What peer_worker.py calls of each engine.
ONNXRUNTIME = """
    class SessionOptions: intra_op_num_threads = 0
    class OrtValue:
        @staticmethod
        def ortvalue_from_numpy(array): return array
    class Binding:
        def bind_ortvalue_input(self, name, value): pass
        def bind_output(self, name, device): pass
    class InferenceSession:
        def __init__(self, model, options, providers): assert options.intra_op_num_threads == 1
        def io_binding(self): return Binding()
        def run_with_iobinding(self, binding): raise RuntimeError("cannot bind")
        def run(self, names, feeds):
            a, b = feeds.values()
            return [a - b]
    """
OPENVINO = """
    import numpy
    class Tensor:
        def __init__(self, array): self.data = array
    class Port: partial_shape = type("Shape", (), {"is_dynamic": False})
    class Request:
        def __init__(self): self.inputs = []
        def set_tensor(self, name, tensor): self.inputs.append(tensor.data)
        def infer(self): return True
        def get_tensor(self, port): return Tensor(self.inputs[0] + 1)
    class Core:
        def read_model(self, model): return type("Model", (), {"inputs": [Port()]})
        def compile_model(self, model, device, settings):
            assert settings["INFERENCE_NUM_THREADS"] == 1
            return type("Compiled", (), {"outputs": [Port()], "create_infer_request": staticmethod(Request)})
    """
NCNN = "import os; os._exit(3)"
PNNX = ""


class BenchAgainstTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        with open(cls.path("difference.mlir"), "w", encoding="utf-8") as file:
            file.write(KERNEL)
        for name, text in (("onnxruntime", ONNXRUNTIME), ("openvino", OPENVINO), ("ncnn", NCNN), ("pnnx", PNNX)):
            os.makedirs(cls.path("packages", name))
            with open(cls.path("packages", name, "__init__.py"), "w", encoding="utf-8") as file:
                file.write(textwrap.dedent(text))
            os.makedirs(cls.path("packages", f"{name}-7.5.dist-info"))
            with open(cls.path("packages", f"{name}-7.5.dist-info", "METADATA"), "w", encoding="utf-8") as file:
                file.write(f"Metadata-Version: 2.1\nName: {name}\nVersion: 7.5\n")
        # The converter of ncnn would succeed.
        with open(cls.path("packages", "pnnx", "pnnx"), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n")
        os.chmod(cls.path("packages", "pnnx", "pnnx"), 0o755)
        subprocess.run([os.path.join(BIN, "diapason"), "compile", cls.path("difference.mlir"), "--no-log", "-o",
                        cls.path("out")], check=True, capture_output=True)
        has_numpy = lambda python: subprocess.run([python, "-c", "import numpy"], capture_output=True,
                                                  check=False).returncode == 0
        cls.python = next(filter(has_numpy, (sys.executable, "/usr/bin/python3")))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def path(cls, *names):
        return os.path.join(cls.folder.name, *names)

    def bench(self, *options, code=0):
        result = subprocess.run(
            [os.path.join(BIN, "diapason"), "bench", self.path("out"), "--seconds", "0.2", "--python", self.python,
             *options], capture_output=True, text=True, check=False,
            env=dict(os.environ, PYTHONPATH=self.path("packages"), TMPDIR=self.folder.name))
        self.assertEqual(result.returncode, code, result.stderr)
        left = [name for name in os.listdir(self.folder.name) if name.startswith("diapason-")]
        self.assertEqual(left, [], "temporary files were left behind")
        return result.stdout + result.stderr

    def test_engines_are_compared(self):
        text = self.bench("--model", self.path("difference.mlir"), "--against", "onnxruntime,openvino,mnn,ncnn",
                          "--json", "--report", self.path("bench.html"))
        data = json.loads(text)
        ours, right, wrong, absent, dead = data["contestants"]
        self.assertEqual([one["name"] for one in data["contestants"]],
                         ["diapason", "onnxruntime", "openvino", "mnn", "ncnn"])
        for one in (ours, right, wrong):
            self.assertEqual(len(one["rounds"]), 7)
            self.assertLessEqual(one["fastest_us"], one["median_us"])
            self.assertLessEqual(one["median_us"], one["slowest_us"])
            self.assertGreaterEqual(one["runs"], 7)
        self.assertEqual((right["version"], right["error"]), ("7.5", 0))
        self.assertGreater(wrong["error"], 0.1)
        self.assertEqual(absent["failed"], "the Python package MNN is not installed")
        self.assertEqual(dead["failed"], "its process has ended")
        self.assertEqual(len(data["tasks"]), 1)
        self.assertGreater(data["tasks"][0]["limit_us"], 0)
        page = xml.dom.minidom.parse(self.path("bench.html"))
        self.assertEqual(len(page.getElementsByTagName("svg")), 1)
        words = "".join(node.toxml() for node in page.getElementsByTagName("table"))
        for name in ("onnxruntime", "its outputs differ by", "its process has ended", "Of limit"):
            self.assertIn(name, words)

    def test_the_text_has_engines_and_tasks(self):
        text = self.bench("--model", self.path("difference.mlir"), "--against", "onnxruntime")
        self.assertRegex(text, r"(?m)^engine +version +median us")
        self.assertRegex(text, r"(?m)^onnxruntime +7.5 +\S")
        self.assertRegex(text, r"(?m)^task +workload +x +in model +limit +of limit")

    def test_what_is_missing_is_told(self):
        self.assertIn("--against needs the model", self.bench("--against", "onnxruntime", code=2))
        self.assertIn("this process may use only", self.bench(
            "--model", self.path("difference.mlir"), "--against", "onnxruntime", "--threads", "1000", code=2))


if __name__ == "__main__":
    unittest.main()
