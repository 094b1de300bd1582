"""diapason.InferenceSession in place of ONNX Runtime's: programs that were written for onnxruntime run with the import
changed. `session_test` makes the environment in which this runs."""
import concurrent.futures
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

import diapason
import models
from diapason import graph_parts

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = 5


def run_again(path, feed):
    """Runs in another process, and returns the outputs."""
    return diapason.InferenceSession(path).run(None, feed)


class SessionTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.environ["DIAPASON_CACHE"] = self.path("cache")
        self.random = np.random.default_rng(SEED)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def save(self, model, name="model.onnx"):
        onnx.save(model, self.path(name))
        return self.path(name)

    def outputs_of(self, program, *arguments):
        """Returns what a program prints with onnxruntime, and what it prints with the import changed."""
        with open(os.path.join(HERE, program), encoding="utf-8") as file:
            text = file.read()
        changed = text.replace("import onnxruntime\n", "import diapason as onnxruntime\n")
        self.assertNotEqual(changed, text)
        results = []
        for version in (text, changed):
            with open(self.path("program.py"), "w", encoding="utf-8") as file:
                file.write(version)
            done = subprocess.run([sys.executable, self.path("program.py"), *arguments], capture_output=True, text=True,
                                  check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            results.append(json.loads(done.stdout))
        return results

    def check_classifier(self, model):
        images = self.random.random((3, 3, 32, 32), np.float32)
        np.save(self.path("images.npy"), images)
        expected, actual = self.outputs_of("image_classification.py", self.save(model), self.path("images.npy"))
        np.testing.assert_allclose(actual["scores"], expected["scores"], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(actual["first"], expected["first"], rtol=1e-4, atol=1e-6)
        self.assertEqual(actual["classes"], expected["classes"])

    def test_image_classification(self):
        self.check_classifier(models.classifier(SEED))

    def test_sentence_embedding(self):
        expected, actual = self.outputs_of("sentence_embedding.py", self.save(models.embedder(SEED)))
        for one, other in zip(actual, expected):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)

    def test_a_model_with_a_refused_operator(self):
        model = models.classifier(SEED, refused=True)
        self.check_classifier(model)
        session = diapason.InferenceSession(self.path("model.onnx"))
        feed = {"image": self.random.random((1, 3, 32, 32), np.float32)}
        session.run(None, feed)
        self.assertEqual(session.compiled_parts(), [[(7, True), (1, False), (4, True)]])
        session.run(None, {"image": feed["image"].repeat(2, axis=0)})
        self.assertEqual(len(session.compiled_parts()), 2)

    def test_an_output_whose_size_is_known_after_the_run(self):
        value = helper.make_tensor_value_info
        graph = helper.make_graph([helper.make_node("NonZero", ["x"], ["places"]),
                                   helper.make_node("Transpose", ["places"], ["rows"]),
                                   helper.make_node("Abs", ["x"], ["y"])],
                                  "g", [value("x", TensorProto.FLOAT, [3, 4])],
                                  [value("rows", TensorProto.INT64, [None, 2]), value("y", TensorProto.FLOAT, [3, 4])])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        session = diapason.InferenceSession(model.SerializeToString())
        for count in (0, 5, 12):
            x = np.zeros(12, np.float32)
            x[:count] = -1
            x = self.random.permutation(x).reshape(3, 4)
            rows, y = session.run(None, {"x": x})
            np.testing.assert_array_equal(rows, np.argwhere(x))
            np.testing.assert_array_equal(y, abs(x))

    def test_a_branch_that_does_not_fit_the_sizes_is_not_taken(self):
        value = helper.make_tensor_value_info
        branches = {}
        for name, size in (("then", 4), ("else", 5)):
            weights = numpy_helper.from_array(self.random.random((size, 3)).astype(np.float32), f"w_{name}")
            branches[f"{name}_branch"] = helper.make_graph(
                [helper.make_node("MatMul", ["x", f"w_{name}"], [f"y_{name}"])], name, [],
                [value(f"y_{name}", TensorProto.FLOAT, None)], [weights])
        graph = helper.make_graph([helper.make_node("If", ["flag"], ["y"], **branches),
                                   helper.make_node("Relu", ["y"], ["z"])], "g",
                                  [value("x", TensorProto.FLOAT, ["rows", "columns"]),
                                   value("flag", TensorProto.BOOL, [])],
                                  [value("z", TensorProto.FLOAT, None)])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
        session, other = diapason.InferenceSession(model), onnxruntime.InferenceSession(model)
        for flag, size in ((True, 4), (False, 5)):
            feed = {"x": self.random.random((2, size), np.float32), "flag": np.array(flag)}
            np.testing.assert_allclose(session.run(None, feed)[0], other.run(None, feed)[0], rtol=1e-5)

    def test_several_threads_at_once(self):
        for refused in (False, True):
            session = diapason.InferenceSession(models.classifier(SEED, refused).SerializeToString())
            images = [self.random.random((1 + i % 2, 3, 32, 32), np.float32) for i in range(12)]
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                results = list(pool.map(lambda image: session.run(None, {"image": image})[0], images))
            for image, result in zip(images, results):
                np.testing.assert_array_equal(result, session.run(None, {"image": image})[0])

    def test_processes_share_what_was_compiled(self):
        path = self.save(models.classifier(SEED))
        feed = {"image": self.random.random((1, 3, 32, 32), np.float32)}
        with multiprocessing.get_context("spawn").Pool(3) as pool:
            results = pool.starmap(run_again, [(path, feed)] * 3)
        entries = [name for name in os.listdir(self.path("cache")) if "." not in name]
        self.assertEqual(len(entries), 1, entries)
        for result in results:
            np.testing.assert_array_equal(result[0], results[0][0])
        os.environ["DIAPASON_PROGRAM"], program = "/bin/false", os.environ["DIAPASON_PROGRAM"]
        try:
            with self.assertRaisesRegex(diapason.InstallationError, "/bin/false does not run"):
                run_again(path, feed)
        finally:
            os.environ["DIAPASON_PROGRAM"] = program
        before = os.stat(self.path("cache", entries[0])).st_mtime_ns
        run_again(path, feed)
        self.assertEqual(os.stat(self.path("cache", entries[0])).st_mtime_ns, before)

    def test_the_description_is_that_of_onnxruntime(self):
        path = self.save(models.embedder(SEED))
        session, other = diapason.InferenceSession(path), onnxruntime.InferenceSession(path)
        for ours, theirs in ((session.get_inputs(), other.get_inputs()), (session.get_outputs(), other.get_outputs())):
            self.assertEqual([tuple(value) for value in ours], [(v.name, v.type, v.shape) for v in theirs])
        self.assertEqual(session.get_modelmeta().graph_name, other.get_modelmeta().graph_name)
        self.assertIn("CPUExecutionProvider", session.get_providers())

    def test_mistakes_are_told_in_one_line(self):
        session = diapason.InferenceSession(models.classifier(SEED).SerializeToString())
        image = np.zeros((1, 3, 32, 32), np.float32)
        for feed, text in (({}, "missing from input feed"), ({"image": image, "x": image}, "has no input 'x'"),
                           ({"image": image.astype(np.float64)}, "must be of type float32, not float64"),
                           ({"image": image[:, :2]}, r"must have the shape \['batch', 3, 32, 32\], not")):
            with self.assertRaisesRegex(ValueError, text):
                session.run(None, feed)
        with self.assertRaisesRegex(ValueError, "has no output 'y'"):
            session.run(["y"], {"image": image})

    def test_without_onnxruntime_a_refusal_is_an_error(self):
        program = ("import sys; sys.modules['onnxruntime'] = None\n"
                   "import diapason, numpy\n"
                   "session = diapason.InferenceSession(sys.argv[1])\n"
                   "session.run(None, {'image': numpy.zeros((1, 3, 32, 32), numpy.float32)})\n")
        done = subprocess.run([sys.executable, "-c", program, self.save(models.classifier(SEED, refused=True))],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        last = done.stderr.strip().splitlines()[-1]
        self.assertIn("SVMRegressor", last)
        self.assertIn("install onnxruntime to run what Diapason does not support", last)

    def test_the_rest_of_the_interface_is_onnxruntimes(self):
        self.assertIs(diapason.get_build_info, onnxruntime.get_build_info)
        with self.assertRaisesRegex(AttributeError, "neither diapason nor an installed onnxruntime"):
            diapason.no_such_name  # pylint: disable=pointless-statement


class PartsTest(unittest.TestCase):
    """Random graphs, divided at random nodes, compute the same as a whole."""

    def test_parts_compute_the_same(self):
        print(f"seed {SEED}")
        for seed in range(SEED, SEED + 40):
            random = np.random.default_rng(seed)
            names, nodes = ["x", "c"], []
            for i in range(int(random.integers(3, 15))):
                operands = [names[int(k)] for k in random.integers(0, len(names), 2)]
                nodes.append(helper.make_node(str(random.choice(["Add", "Mul", "Sub"])), operands, [f"t{i}"]))
                names.append(f"t{i}")
            outputs = sorted({f"t{len(nodes) - 1}", f"t{int(random.integers(len(nodes)))}"})
            value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [4])
            constant = numpy_helper.from_array(random.random(4).astype(np.float32), "c")
            graph = helper.make_graph([nodes[int(k)] for k in random.permutation(len(nodes))], "g", [value("x")],
                                      [value(name) for name in outputs], [constant])
            model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
            refused = {i for i in range(len(nodes)) if random.random() < 0.4}
            live = graph_parts.live_nodes(model.graph, outputs)
            parts = graph_parts.split(model.graph, live, refused)
            self.assertEqual(sorted(i for part in parts for i in part.nodes), live)
            values = {"x": random.random(4).astype(np.float32)}
            for part in parts:
                self.assertTrue(all((i not in refused) == part.compiled for i in part.nodes))
                inputs = graph_parts.inputs_of(model.graph, part, {"c"})
                results = graph_parts.outputs_of(model.graph, part, outputs)
                piece = graph_parts.extract(model, part, [value(name) for name in inputs], results, {})
                session = onnxruntime.InferenceSession(piece.SerializeToString())
                values.update(zip(results, session.run(results, {name: values[name] for name in inputs})))
            for name in outputs:
                expected = self.evaluate(model.graph, name, {"x": values["x"], "c": numpy_helper.to_array(constant)})
                np.testing.assert_array_equal(values[name], expected)

    def evaluate(self, graph, name, known):
        """Computes one tensor with NumPy, in the order in which it is needed."""
        if name not in known:
            node = next(node for node in graph.node if name in node.output)
            a, b = (self.evaluate(graph, operand, known) for operand in node.input)
            known[name] = {"Add": a + b, "Mul": a * b, "Sub": a - b}[node.op_type]
        return known[name]


if __name__ == "__main__":
    unittest.main()
