#!/usr/bin/env python3
"""Tests those parts of the benchmark that need no library: the list of kernels, the statistics, the processes."""
import contextlib
import io
import math
import os
import pathlib
import sys
import tempfile
import unittest

import figures
import kernels
import options
import report
from peer_process import PeerProcess
from peers import onednn


def rounds_of(**times):
    """Rounds from the times of each peer, none of them disturbed."""
    return [{name: {"us": us, "clean": True} for name, us in zip(times, row)} for row in zip(*times.values())]


class KernelsTest(unittest.TestCase):
    def operator(self, name):
        return next(k.operator for k in kernels.KERNELS if k.name == name)

    def test_names_are_unique_and_fit_the_table(self):
        names = [k.name for k in kernels.KERNELS]
        self.assertEqual(len(names), len(set(names)))
        self.assertGreaterEqual(len(names), 60)
        self.assertLessEqual(max(map(len, names)), 20)

    def test_every_kernel_has_positive_sizes(self):
        for kernel in kernels.KERNELS:
            shapes = [*kernel.operator.inputs().values(), *kernel.operator.constants().values(),
                      kernel.operator.output()]
            self.assertTrue(all(size > 0 for shape in shapes for size in shape), kernel.name)

    def test_sizes_and_work(self):
        conv = self.operator("resnet_3x3_56")
        self.assertEqual(conv.output(), (1, 64, 56, 56))
        self.assertEqual(conv.flops(), 2 * (3 * 56 - 2) ** 2 * 64 * 64)
        self.assertTrue(conv.has_winograd())
        self.assertEqual(self.operator("resnet_7x7_s2_3c").output(), (1, 64, 112, 112))
        self.assertEqual(self.operator("resnet_1x1_14_up").flops(), 2 * 14 * 14 * 256 * 1024)
        self.assertEqual(self.operator("mobile_dw3_14").flops(), 2 * (3 * 14 - 2) ** 2 * 384)
        self.assertEqual(self.operator("transposed_4x4_s2").flops(), 2 * (4 * 28 - 2) ** 2 * 64 * 32)
        self.assertFalse(self.operator("mobile_dw3_14").has_winograd())
        self.assertEqual(self.operator("dilated_3x3_28").output(), (1, 256, 28, 28))
        self.assertEqual(self.operator("transposed_4x4_s2").output(), (1, 32, 56, 56))
        self.assertEqual(self.operator("meanpool_7").output(), (1, 2048, 1, 1))
        self.assertEqual(self.operator("bgemm_8_left").inputs()["a"], (8, 128, 256))
        self.assertEqual(kernels.moved_bytes(self.operator("gemm_m_1")), 4 * (2048 + 2048 * 1000 + 1000))

    def test_descriptions_for_onednn(self):
        self.assertEqual(onednn.describe(self.operator("softmax_axis1")),
                         "x=8,64,196 y=8,64,196 op=softmax axis=1")
        self.assertIsNone(onednn.describe(self.operator("rmsnorm_128x2048")))


class FiguresTest(unittest.TestCase):
    def test_quantiles(self):
        self.assertEqual(figures.quantile([3, 1, 2], 0.5), 2)
        self.assertEqual(figures.quantile([4, 1, 2, 3], 0.25), 1.75)
        self.assertEqual(figures.quantile([7], 0.75), 7)

    def test_speedup_is_the_median_of_the_ratios_of_each_round(self):
        rounds = rounds_of(ours=[1, 2, 4], theirs=[2, 2, 12])
        self.assertEqual(figures.speedup(rounds, "ours", "theirs"), {"median": 2, "low": 1.5, "high": 2.5})

    def test_fastest(self):
        rounds = rounds_of(a=[1, 9, 9], b=[5, 5, 5])
        self.assertEqual(figures.fastest(rounds, ["a", "b"]), "b")
        self.assertIsNone(figures.fastest(rounds, ["c"]))

    def test_disturbed_rounds_count_only_if_too_few_others_are_left(self):
        rounds = rounds_of(a=[1, 2, 3, 4, 5])
        rounds[4]["a"]["clean"] = False
        self.assertEqual(len(figures.clean_rounds(rounds, ["a"])), 4)
        rounds[0]["a"]["clean"] = rounds[1]["a"]["clean"] = False
        self.assertEqual(len(figures.clean_rounds(rounds, ["a"])), 5)

    def test_limit_is_that_of_arithmetic_or_memory(self):
        roofline = {"gflops": 100, "levels": [{"bytes": 1000, "gb_per_s": 200}, {"bytes": 10000, "gb_per_s": 50},
                                              {"bytes": None, "gb_per_s": 10}]}
        self.assertAlmostEqual(figures.limit_us(1_000_000, 1000, roofline), 10)
        self.assertAlmostEqual(figures.limit_us(0, 1000, roofline), 0.005)
        self.assertAlmostEqual(figures.limit_us(0, 5000, roofline), 0.1)
        self.assertAlmostEqual(figures.limit_us(0, 20000, roofline), 2)

    def test_geometric_means_by_kind(self):
        def row(kind, ratio):
            summary = {"median": ratio, "low": ratio, "high": ratio}
            return {"kind": kind, "ours": "diapason-default", "best": "ncnn", "speedups": {"ncnn": summary}}

        missing = {"kind": "conv", "ours": None, "best": "ncnn", "speedups": {}}
        means = report.means([row("conv", 1), row("conv", 4), row("gemm", 2), missing])
        self.assertAlmostEqual(means["best"]["conv"], 2)
        self.assertAlmostEqual(means["best"]["gemm"], 2)
        self.assertAlmostEqual(means["by_peer"]["ncnn"], math.pow(8, 1 / 3))


class PeerProcessTest(unittest.TestCase):
    # Answers each command with its words, and dies of the word `die`.
    PEER = ("import json, sys\n"
            "for line in sys.stdin:\n"
            "    if 'die' in line: sys.exit(3)\n"
            "    print(json.dumps({'words': line.split()}), flush=True)\n")

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.peer = PeerProcess("fake", [sys.executable, "-c", self.PEER], os.sched_getaffinity(0), {},
                                pathlib.Path(folder.name))
        self.addCleanup(self.peer.close)

    def test_answers_though_it_is_stopped_in_between(self):
        self.assertEqual(self.peer.load("conv op=conv"), {"words": ["load", "conv", "op=conv"]})
        self.assertEqual(self.peer.time(0.5), {"words": ["time", "0.5"]})

    def test_a_peer_that_dies_is_started_again_by_the_next_load(self):
        self.assertIn("ended with status 3", self.peer.load("die")["reason"])
        self.assertEqual(self.peer.load("conv"), {"words": ["load", "conv"]})


class OptionsTest(unittest.TestCase):
    def test_only_selects_by_name_or_kind(self):
        chosen = options.parse(["--list", "--only", "^attention$|gemm_512", "--threads", "1,2"])
        self.assertEqual([k.name for k in chosen.kernels], ["gemm_512", "attention_12x128x64", "attention_8x1024x64"])
        self.assertEqual(chosen.threads, [1, 2])

    def test_wrong_values_are_refused(self):
        for arguments in (["--only", "no such kernel"], ["--only", "("], ["--threads", "0"], ["--libraries", "x"]):
            with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
                options.parse(["--list", *arguments])


if __name__ == "__main__":
    unittest.main()
