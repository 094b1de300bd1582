#!/usr/bin/env python3
"""A user installs the wheel of a model in a clean virtual environment, and runs the model."""

import os
import subprocess
import sys
import tempfile
import textwrap
import unittest
import zipfile

BIN = os.path.join(os.environ["DIAPASON_BUILD_DIR"], "bin")

KERNEL = """
func.func @difference(%a: tensor<3x4xf32>, %b: tensor<3x4xf32>, %out: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%a, %b : tensor<3x4xf32>, tensor<3x4xf32>) outs(%out : tensor<3x4xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %s = arith.subf %x, %y : f32
    linalg.yield %s : f32
  } -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}
"""


def run(*words, **kwargs):
    result = subprocess.run(words, capture_output=True, text=True, check=False, **kwargs)
    if result.returncode != 0:
        raise AssertionError(f"{words}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


class WheelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        path = lambda *names: os.path.join(cls.folder.name, *names)
        with open(path("difference.mlir"), "w", encoding="utf-8") as file:
            file.write(KERNEL)
        cls.compile = [os.path.join(BIN, "diapason"), "compile", path("difference.mlir"), "--no-log", "--wheel"]
        run(*cls.compile, "-o", path("out"))
        wheels = [name for name in os.listdir(path("out")) if name.endswith(".whl")]
        assert len(wheels) == 1, wheels
        cls.wheel = path("out", wheels[0])
        # NumPy comes from the system, because a test must not need the network.
        has_numpy = lambda python: subprocess.run([python, "-c", "import numpy"], capture_output=True,
                                                  check=False).returncode == 0
        python = next(filter(has_numpy, (sys.executable, "/usr/bin/python3")))
        run(python, "-m", "venv", "--system-site-packages", path("venv"))
        cls.python = path("venv", "bin", "python")
        run(cls.python, "-m", "pip", "install", "--no-index", "--disable-pip-version-check", cls.wheel)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def check(self, program):
        """Runs a program that imports the model. Its assertions are the test."""
        text = "import numpy as np, difference\n" + textwrap.dedent(program)
        run(self.python, "-W", "error", "-c", text, cwd=self.folder.name)

    def test_two_lines(self):
        self.check("""
            a, b = np.random.rand(3, 4).astype(np.float32), np.random.rand(3, 4).astype(np.float32)
            assert np.array_equal(difference.run(a, b), a - b)
            assert [i.shape for i in difference.inputs()] == [(3, 4), (3, 4)] and len(difference.outputs()) == 1
        """)

    def test_inputs_by_name_and_not_dense(self):
        self.check("""
            a, b = np.random.rand(4, 3).astype(np.float32), np.random.rand(3, 8).astype(np.float32)
            first, second = (i.name for i in difference.inputs())
            assert np.array_equal(difference.run(**{second: b[:, ::2], first: a.T}), a.T - b[:, ::2])
            assert np.array_equal(difference.run(a.T, **{second: b[:, ::2]}), a.T - b[:, ::2])
        """)

    def test_dlpack(self):
        self.check("""
            class Tensor:  # of another library
                def __init__(self, array): self.array = array
                def __dlpack__(self, **options): return self.array.__dlpack__(**options)
                def __dlpack_device__(self): return self.array.__dlpack_device__()
            class OnGpu(Tensor):
                def __dlpack_device__(self): return (2, 0)
            a, b = np.ones((3, 4), np.float32), np.full((3, 4), 0.5, np.float32)
            assert np.array_equal(difference.run(Tensor(a), Tensor(b)), a - b)
            try: difference.run(Tensor(a), OnGpu(b))
            except ValueError as error: assert "is in the memory of CUDA" in str(error), error
            else: raise AssertionError("accepted")
        """)

    def test_mistakes_are_told_in_one_line(self):
        self.check("""
            a = np.ones((3, 4), np.float32)
            name = difference.inputs()[1].name
            def fails(kind, text, *inputs, **named):
                try: difference.run(*inputs, **named)
                except kind as error: assert text in str(error) and "\\n" not in str(error), error
                else: raise AssertionError("accepted: " + text)
            fails(ValueError, "must be of type float32, not float64", a, a.astype(np.float64))
            fails(ValueError, "must be of type float32, not int64", a, np.ones((3, 4), np.int64))
            fails(ValueError, "must have the shape [3, 4], not [4, 3]", a, np.ones((4, 3), np.float32))
            fails(ValueError, "must have the shape [3, 4], not []", a, np.float32(1))
            fails(TypeError, "has 2 inputs, but 3 were given", a, a, a)
            fails(TypeError, f"input 1 ({name}) is missing", a)
            fails(TypeError, "has no input 'c'; its inputs are: ", a, c=a)
            fails(TypeError, f"input 1 ({name}) was given twice", a, a, **{name: a})
            fails(TypeError, "which no model takes", a, np.array(["x"]))
            fails(TypeError, "which no model takes", a, a.astype(">f4"))
            try: difference.Model(threads=-1)
            except ValueError as error: assert "number of threads is -1" in str(error)
            else: raise AssertionError("accepted")
            assert np.array_equal(difference.run(a, a), a - a)  # it goes on
        """)

    def test_several_threads_at_once(self):
        self.check("""
            import threading
            for model in (difference.Model(threads=2), difference.Model(threads=1, instances=3)):
                wrong = []
                def work(seed):
                    generator = np.random.default_rng(seed)
                    for _ in range(300):
                        a, b = generator.random((2, 3, 4), np.float32)
                        if not np.array_equal(model.run(a, b), a - b): wrong.append(seed)
                threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
                for thread in threads: thread.start()
                for thread in threads: thread.join()
                assert not wrong, wrong
        """)

    def test_a_forked_process_can_run(self):
        self.check("""
            import os
            a = np.ones((3, 4), np.float32)
            model = difference.Model(threads=2)
            assert np.array_equal(model.run(a, a), a - a)
            child = os.fork()
            if child == 0: os._exit(0 if np.array_equal(model.run(a, 2 * a), -a) else 1)
            assert os.waitpid(child, 0)[1] == 0
            assert np.array_equal(model.run(a, a), a - a)
        """)

    def test_another_processor_is_refused(self):
        self.check("""
            import json, shutil
            from difference import _compiled_model
            folder = difference.__path__[0]
            shutil.copytree(folder, "copy", dirs_exist_ok=True)
            manifest = json.load(open(folder + "/manifest.json"))
            def fails(text, **changes):
                json.dump({**manifest, **changes}, open("copy/manifest.json", "w"))
                try: _compiled_model.Model("copy")
                except OSError as error: assert text in str(error), error
                else: raise AssertionError("accepted")
            fails("was compiled for sparc64, but this is", triple="sparc64-unknown-linux-gnu")
            if manifest["triple"].startswith("x86_64"):
                fails("a processor with avx9000, which this one does not have", features=["avx9000"])
        """)

    def test_equal_models_give_equal_wheels(self):
        other = os.path.join(self.folder.name, "other")
        run(*self.compile, "-o", other)
        with open(self.wheel, "rb") as first, open(os.path.join(other, os.path.basename(self.wheel)), "rb") as second:
            self.assertEqual(first.read(), second.read())

    def test_the_file_is_a_sound_archive(self):
        with zipfile.ZipFile(self.wheel) as file:
            self.assertIsNone(file.testzip())
            modes = {info.filename: info.external_attr >> 16 for info in file.infolist()}
            self.assertEqual(modes["difference/libdifference.so"], 0o100755)
            self.assertEqual(modes["difference/__init__.py"], 0o100644)

    def test_wrong_versions_are_refused(self):
        result = subprocess.run(self.compile + ["-o", os.path.join(self.folder.name, "no"), "--wheel-version", "one"],
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("'one' is not a version of a Python package", result.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder.name, "no")))

    def test_names_that_python_cannot_import_are_refused(self):
        path = os.path.join(self.folder.name, "import.mlir")
        with open(path, "w", encoding="utf-8") as file:
            file.write(KERNEL)
        result = subprocess.run([self.compile[0], "compile", path, "--no-log", "--wheel", "-o",
                                 os.path.join(self.folder.name, "no")], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn("a Python package cannot have the model's name 'import'", result.stderr)


if __name__ == "__main__":
    unittest.main()
