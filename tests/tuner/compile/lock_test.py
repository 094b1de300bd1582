#!/usr/bin/env python3
"""`diapason compile --lock` writes a file from which the same library is made again, without a log."""

import json
import os
import subprocess
import tempfile
import unittest

BIN = os.path.join(os.environ["DIAPASON_BUILD_DIR"], "bin")


def product(size):
    c = f"tensor<{size}x{size}xf32>"
    return f"""func.func @product(%a: {c}, %b: {c}, %c: {c}) -> {c} {{
  %zero = arith.constant 0.0 : f32
  %start = linalg.fill ins(%zero : f32) outs(%c : {c}) -> {c}
  %product = linalg.matmul ins(%a, %b : {c}, {c}) outs(%start : {c}) -> {c}
  return %product : {c}
}}"""


class LockTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write("product.mlir", product(64))

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, *names):
        with open(self.path(*names), "rb") as file:
            return file.read()

    def compile(self, *options, model="product.mlir", code=0):
        # The folder contains no tuning.db, so that a compilation without a lock would end with an error.
        result = subprocess.run([os.path.join(BIN, "diapason"), "compile", model, "--lock", "tuning.lock", *options],
                                cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, code, result.stderr)
        return result.stdout + result.stderr

    def test_the_same_library_is_made_again(self):
        self.assertIn("tuning.lock: pins 1 schedules", self.compile("--no-log", "-o", "first"))
        locked = self.read("tuning.lock")
        self.assertEqual(set(json.loads(locked)["schedules"][0]), {"workload_id", "summary", "sketch_hash", "knobs"})
        self.assertIn("tuning.lock: its 1 schedules were used", self.compile("-o", "second"))
        self.assertEqual(self.read("first", "libproduct.so"), self.read("second", "libproduct.so"))
        self.assertEqual(self.read("tuning.lock"), locked)

    def test_the_pinned_schedule_is_used(self):
        self.compile("--no-log", "-o", "first")
        manifest = json.loads(self.read("first", "manifest.json"))
        lock = json.loads(self.read("tuning.lock"))
        changed = 0
        for i, knob in enumerate(lock["schedules"][0]["knobs"]):
            # Some other value of some knob is legal; which one depends on the machine.
            for value in (1, 2, 4, 8, 16):
                if value == knob["value"]:
                    continue
                other = json.loads(json.dumps(lock))
                other["schedules"][0]["knobs"][i]["value"] = value
                self.write("tuning.lock", json.dumps(other))
                result = subprocess.run(
                    [os.path.join(BIN, "diapason"), "compile", "product.mlir", "--lock", "tuning.lock", "-o", "second"],
                    cwd=self.folder, capture_output=True, text=True, check=False)
                if result.returncode != 0:
                    self.assertIn("is not legal", result.stderr)
                    continue
                second = json.loads(self.read("second", "manifest.json"))
                self.assertEqual(second["tasks"][0]["schedule"]["knobs"][i]["value"], value)
                self.assertNotEqual(second["tasks"][0]["schedule"], manifest["tasks"][0]["schedule"])
                changed += 1
                break
            if changed:
                break
        self.assertGreater(changed, 0)

    def test_a_missing_task_is_an_error(self):
        self.compile("--no-log", "-o", "first")
        self.write("other.mlir", product(96))
        text = self.compile("-o", "second", model="other.mlir", code=2)
        self.assertIn("tuning.lock: it has no schedule for 1 of 1 tasks", text)
        self.assertFalse(os.path.exists(self.path("second")))

    def test_a_file_that_is_no_lock_is_an_error(self):
        self.write("tuning.lock", "{}")
        self.assertIn("it is not a file that `diapason compile --lock` wrote", self.compile("-o", "out", code=2))
        self.assertEqual(self.read("tuning.lock"), b"{}")

    def test_another_back_end_is_told(self):
        self.compile("--no-log", "-o", "first")
        lock = json.loads(self.read("tuning.lock"))
        lock["compiler_version"] = "cpu 0"
        self.write("tuning.lock", json.dumps(lock))
        self.assertIn("tuning.lock was written with the back end cpu 0", self.compile("-o", "second"))


if __name__ == "__main__":
    unittest.main()
