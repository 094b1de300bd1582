#!/usr/bin/env python3
"""A user links two models statically into one C program, with one command line. The program is clean under valgrind
and under ThreadSanitizer, and computes the same as the libraries."""

import os
import platform
import subprocess
import tempfile
import unittest

BIN = os.path.join(os.environ["DIAPASON_BUILD_DIR"], "bin")
CC = os.environ["DIAPASON_TEST_CC"]
SOURCE = os.path.dirname(os.path.abspath(__file__))

PRODUCT = """
func.func @product(%a: tensor<96x80xf32>, %b: tensor<80x112xf32>, %out: tensor<96x112xf32>) -> tensor<96x112xf32> {
  %zero = arith.constant 0.0 : f32
  %init = linalg.fill ins(%zero : f32) outs(%out : tensor<96x112xf32>) -> tensor<96x112xf32>
  %0 = linalg.matmul ins(%a, %b : tensor<96x80xf32>, tensor<80x112xf32>)
      outs(%init : tensor<96x112xf32>) -> tensor<96x112xf32>
  return %0 : tensor<96x112xf32>
}
"""
SQUARES = """
func.func @squares(%a: tensor<96x112xf32>, %out: tensor<96x112xf32>) -> tensor<96x112xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%a : tensor<96x112xf32>) outs(%out : tensor<96x112xf32>) {
  ^bb0(%x: f32, %y: f32):
    %s = arith.mulf %x, %x : f32
    linalg.yield %s : f32
  } -> tensor<96x112xf32>
  return %0 : tensor<96x112xf32>
}
"""


def run(*words, **kwargs):
    result = subprocess.run(words, capture_output=True, text=True, check=False, **kwargs)
    if result.returncode != 0:
        raise AssertionError(f"{words}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout + result.stderr


class StaticTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        # Valgrind knows no AVX-512, so the models are for the processors of the family before.
        target = "x86-64-v3" if platform.machine() == "x86_64" else "host"
        for name, text in (("product", PRODUCT), ("squares", SQUARES)):
            with open(cls.path(name + ".mlir"), "w", encoding="utf-8") as file:
                file.write(text)
            run(os.path.join(BIN, "diapason"), "compile", cls.path(name + ".mlir"), "--no-log", "--static",
                "--target", target, "-o", cls.path("out"))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def path(cls, *names):
        return os.path.join(cls.folder.name, *names)

    def build(self, *options):
        """Builds the program and returns its path. A warning, also of the linker, is an error."""
        program = self.path("program")
        run(CC, "-std=c99", "-Wall", "-Wextra", "-Werror", "-Wl,--fatal-warnings", *options,
            os.path.join(SOURCE, "two_models.c"), "-I" + self.path("out"), self.path("out", "libproduct.a"),
            self.path("out", "libsquares.a"), "-pthread", "-o", program)
        return program

    def test_the_program_runs(self):
        self.assertIn("both models are right", run(self.build()))
        self.assertIn("both models are right", run(self.build("-static")))

    def test_clean_under_valgrind(self):
        text = run("valgrind", "--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=all", self.build("-g"))
        self.assertIn("both models are right", text)
        self.assertIn("ERROR SUMMARY: 0 errors", text)
        self.assertIn("All heap blocks were freed", text)

    def test_clean_under_thread_sanitizer(self):
        self.assertIn("both models are right", run(self.build("-g", "-fsanitize=thread")))

    def test_only_the_api_is_visible(self):
        text = run("nm", "--defined-only", "--extern-only", "--format=posix", self.path("out", "libproduct.a"))
        names = sorted(line.split()[0] for line in text.splitlines() if " " in line and ":" not in line)
        self.assertEqual(names, ["product_" + suffix for suffix in
                                 ("create", "describe", "destroy", "last_error", "output_size", "run", "run_timed")])

    def test_equal_models_give_equal_archives(self):
        other = self.path("other")
        target = "x86-64-v3" if platform.machine() == "x86_64" else "host"
        run(os.path.join(BIN, "diapason"), "compile", self.path("product.mlir"), "--no-log", "--static",
            "--target", target, "-o", other)
        with open(self.path("out", "libproduct.a"), "rb") as first, \
                open(os.path.join(other, "libproduct.a"), "rb") as second:
            self.assertEqual(first.read(), second.read())


if __name__ == "__main__":
    unittest.main()
