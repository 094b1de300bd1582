#!/usr/bin/env python3
"""Completion and manual pages are made from the help of the built programs, and say what the programs say."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ["DIAPASON_SOURCE_DIR"]
PROGRAMS = [os.path.join(os.environ["DIAPASON_BUILD_DIR"], "bin", name)
            for name in ("diapason", "tuner-server", "device-agent", "tracker")]

# Calls the completion of the first word of "$@" for the last one, as bash does when a user presses the tab key.
COMPLETE = """
compopt() { :; }
source "$SHARE/bash-completion/completions/$1"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
"_${1//-/_}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


class CompletionTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.share = os.path.join(cls.folder.name, "share")
        subprocess.run([os.path.join(SOURCE, "deploy/completion/generate"), cls.share] + PROGRAMS, check=True)
        cls.work = os.path.join(cls.folder.name, "work")
        os.makedirs(os.path.join(cls.work, "out"))
        for name in ("model.onnx", "my model.onnx", "tuning.db"):
            open(os.path.join(cls.work, name), "w", encoding="utf-8").close()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def complete(self, *words):
        result = subprocess.run(["bash", "-c", COMPLETE, "bash", *words], cwd=self.work, capture_output=True, text=True,
                                check=False, env=dict(os.environ, SHARE=self.share))
        self.assertEqual(result.stderr, "")
        return sorted(filter(None, result.stdout.splitlines()))

    def test_commands(self):
        self.assertEqual(self.complete("diapason", "tu"), ["tune"])
        for command in ("bench", "compile", "query", "sample-model", "watch"):
            self.assertIn(command, self.complete("diapason", ""))

    def test_options(self):
        self.assertEqual(self.complete("diapason", "tune", "model.onnx", "--det"), ["--detach"])
        self.assertEqual(self.complete("diapason", "version", "--"), ["--help", "--json"])
        self.assertIn("--tracker", self.complete("device-agent", "--"))
        self.assertIn("--lease", self.complete("tracker", "--l"))
        for program in ("diapason", "tuner-server", "device-agent", "tracker"):
            self.assertEqual(self.complete(program, "--vers"), ["--version"])

    def test_values(self):
        self.assertEqual(self.complete("tuner-server", "--log-level", "w"), ["warn"])
        self.assertEqual(self.complete("diapason", "tune", "--target", "h"), ["host"])
        self.assertEqual(self.complete("diapason", "sample-model", "res"), ["resnet18"])
        self.assertEqual(self.complete("diapason", "tune", "--trials", ""), [])

    def test_files(self):
        self.assertEqual(self.complete("diapason", "tune", "m"), ["model.onnx", "my model.onnx"])
        self.assertEqual(self.complete("diapason", "run", ""), ["out"])
        self.assertEqual(self.complete("diapason", "query", "--db", ""), ["sqlite:"])
        self.assertEqual(self.complete("diapason", "query", "--db", "sqlite", ":", "tun"), ["tuning.db"])

    def test_shells_can_read_it(self):
        for shell, folder in (("bash", "bash-completion/completions"), ("zsh", "zsh/site-functions"),
                              ("fish", "fish/vendor_completions.d")):
            names = os.listdir(os.path.join(self.share, folder))
            self.assertEqual(len(names), len(PROGRAMS))
            if shutil.which(shell):
                for name in names:
                    subprocess.run([shell, "-n", os.path.join(self.share, folder, name)], check=True)


@unittest.skipUnless(shutil.which("help2man"), "help2man is not installed")
class ManualTest(unittest.TestCase):
    def test_pages(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([os.path.join(SOURCE, "docs/man/generate"), folder, "0.1.0"] + PROGRAMS, check=True)
            pages = set(os.listdir(folder))
            for name in ("diapason", "diapason-tune", "diapason-sample-model", "tuner-server", "device-agent"):
                self.assertIn(name + ".1", pages)
            with open(os.path.join(folder, "diapason-tune.1"), encoding="utf-8") as file:
                page = file.read()
            for text in (".SH NAME", ".SH SYNOPSIS", r"\fB\-\-trials\fR", ".SH EXAMPLES", "diapason tune resnet18"):
                self.assertIn(text, page)
            with open(os.path.join(folder, "device-agent.1"), encoding="utf-8") as file:
                self.assertNotIn(os.environ["DIAPASON_BUILD_DIR"], file.read())


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    unittest.main()
