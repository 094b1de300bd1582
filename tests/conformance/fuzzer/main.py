"""Compiles and runs random models, and compares the results with ONNX's reference evaluator. See
tests/conformance/README.md."""

import argparse
import collections
import hashlib
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
import traceback
import warnings

import numpy as np
import onnx

from fuzzer import composite_operators, operators, patterns, portable_operators, sequence_operators, signal_operators  # pylint: disable=unused-import
from fuzzer.compiler import Compiler, write_case
from fuzzer.graph_builder import GraphBuilder, TooLarge, since
from fuzzer.invalid_models import invalid_model
from fuzzer.reference import Evaluation
from fuzzer.shrink import Shrinker
from fuzzer.tolerance import Judge

OPSETS = range(7, 27)
CHECK_JUDGE_EVERY = 5  # for one of so many graphs an error is added to an output, to check that it is found
INVALID_EVERY = 13  # one of so many models is invalid

# Valid models that the product does not support: a regular expression for the message, and the reason. A refusal that is
# not listed is a finding. Remove a line that no message matches any more.
NOT_SUPPORTED = (
    (r"with elements of type (int32|int64|bool)", "anchors and some functions are computed for float32 only"),
    (r"ceil_mode together with count_include_pad", "implementations count windows beyond the padding differently"),
    (r"known only when the model runs", "results of unknown size are carried through some operators only"),
    (r"the mean of no integers", "0 divided by 0 has no integer value in ONNX"),
)


Case = collections.namedtuple("Case", "index builder model inputs wrong operators")


def number_of(seed, index, attempt=0):
    return int.from_bytes(hashlib.sha256(f"{seed}/{index}/{attempt}".encode()).digest()[:8], "little")


def make_case(seed, index, order):
    """Makes the case of this seed and index, which is the same on every machine. Each operator of `order` in turn is the
    focus of a graph."""
    rounds, place = divmod(index, INVALID_EVERY)
    for attempt in range(50):
        number = number_of(seed, index, attempt)
        try:
            if place == INVALID_EVERY - 1:
                return _make_invalid_case(number, index)
            return _make_case(number, index, order[(index - rounds) % len(order)])
        except TooLarge:
            continue
    raise RuntimeError("50 graphs in a row were too large")


def _make_invalid_case(number, index):
    builder = GraphBuilder(number, OPSETS[number % len(OPSETS)])
    model, inputs, wrong = invalid_model(builder)
    return Case(index, builder, model, inputs, wrong, [])


def _make_case(number, index, focus):
    opsets = [o for o in OPSETS if since(focus, o)]
    builder = GraphBuilder(number, opsets[number % len(opsets)])
    if builder.chance(0.35):
        _grow(builder)
    operators.GENERATORS[focus](builder, focus)
    for _ in range(builder.choice((0, 0, 0, 1, 1, 2, 3, 4)) if builder.chance(0.96) else 12):
        _grow(builder)
    model, inputs = builder.model()
    onnx.checker.check_model(model, full_check=not builder.inference_errs)
    return Case(index, builder, model, inputs, None, _operators_of(model.graph))


def _operators_of(graph):
    """Returns the operators of the graph and of the graphs in it."""
    found = [node.op_type for node in graph.node]
    for node in graph.node:
        for item in node.attribute:
            if item.HasField("g"):
                found += _operators_of(item.g)
    return found


def _grow(builder):
    if builder.chance(0.2):
        large = builder.chance(0.2)
        if large:
            builder.most_elements = 40000
        builder.choice(patterns.LARGE if large else patterns.PATTERNS)(builder)
        return
    op = builder.choice(sorted(patterns.available(builder)))
    operators.GENERATORS[op](builder, op)


class Fuzzer:
    def __init__(self, options, compiler):
        self._options, self._compiler = options, compiler
        self.generated, self.compiled = collections.Counter(), collections.Counter()
        self.kinds, self.limits, self.findings = collections.Counter(), collections.Counter(), {}
        self.invalid_kinds = collections.Counter()
        self.errors_made, self.errors_found = 0, 0
        self.graphs = 0
        self.seconds = 0.0

    # ---- One case

    def judge(self, case, result):
        """Returns one line that says what is wrong with the result, or None."""
        return self._judge(case.model, case.inputs, case.wrong, result, case.builder.operations)

    def _judge(self, model, inputs, wrong, result, operations=None):
        if wrong is not None:
            return None if result.kind == "refused" else f"{result.kind}, but it must be refused ({wrong}): {result.message}"
        if result.kind == "refused":
            return None if self._limit(result.message) else f"refused: {result.message}"
        if result.kind != "ok":
            return f"{result.kind}: {result.message}"
        evaluation = Evaluation(model, inputs, operations)
        differing = Judge(evaluation, 0).differing(result.outputs)
        return None if not differing else "differs: " + "; ".join(
            f"output {model.graph.output[i].name}: {message}" for i, message in sorted(differing.items()))

    @staticmethod
    def _limit(message):
        """Returns the reason of NOT_SUPPORTED that matches this refusal, or None."""
        return next((reason for pattern, reason in NOT_SUPPORTED if re.search(pattern, message)), None)

    def take(self, case, result):
        self.graphs += 1
        self.seconds += result.seconds
        self.generated.update(set(case.operators))
        self.kinds[result.kind if case.wrong is None else f"invalid, {result.kind}"] += 1
        if case.wrong is not None:
            self.invalid_kinds[case.wrong] += 1
        elif result.kind == "refused":
            self.limits[self._limit(result.message)] += 1
        elif result.kind == "ok":
            self.compiled.update(set(case.operators))
        problem = self.judge(case, result)
        if problem:
            self._report(case, problem)
        elif result.kind == "ok" and case.index % CHECK_JUDGE_EVERY == 0:
            self._check_judge(case, result.outputs)

    def _check_judge(self, case, outputs):
        """Counts whether an error of 1 % in one element would have been found. Some are not, because outputs may be
        numerically unstable."""
        evaluation = Evaluation(case.model, case.inputs, case.builder.operations)
        for i, output in enumerate(outputs):
            places = np.argwhere(np.isfinite(output) & (np.abs(output) > 1e-30)) if output.dtype == np.float32 else ()
            if len(places) == 0:
                continue
            wrong = [np.array(other) for other in outputs]
            wrong[i][tuple(places[case.index % len(places)])] *= np.float32(1.01)
            self.errors_made += 1
            self.errors_found += i in Judge(evaluation, 0).differing(wrong)

    # ---- Findings

    def _report(self, case, problem):
        name = f"{self._options.seed}/{case.index}"
        print(f"FINDING graph {name} (opset {case.builder.opset}): {problem[:600]}", flush=True)
        model, inputs = case.model, case.inputs
        if case.wrong is None and not self._options.no_shrink:
            model, inputs, problem = self._shrink(model, inputs, problem)
        known = self.findings.setdefault(_rough(problem, model), [])
        known.append(name)
        if len(known) > 5:
            return
        folder = os.path.join(self._options.findings, name.replace("/", "_"))
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        outputs = Evaluation(model, inputs).outputs() if case.wrong is None else []
        write_case(folder, folder + ".onnx", model, inputs, outputs)
        text = f"graph {name}\n{problem}\n\n{describe(model)}\n"
        with open(folder + ".txt", "w") as file:
            file.write(text)
        print(f"  {folder}.onnx: {problem[:300]}\n" + "\n".join("    " + l for l in describe(model).split("\n")),
              flush=True)

    def _shrink(self, model, inputs, problem):
        kind = _kind(problem)
        last = [problem]

        def still_fails(candidate, arrays):
            found = self._judge(candidate, arrays, None, self._compiler.run(candidate, arrays))
            if found and _kind(found) == kind:
                last[0] = found
                return True
            return False

        model, inputs = Shrinker(still_fails, self._options.shrink_seconds).shrink(model, inputs)
        return model, inputs, last[0]

    # ---- All cases

    def run(self, order):
        options = self._options
        start = time.monotonic()
        indices = [options.only] if options.only is not None else range(options.first, options.first + options.graphs)
        waiting = None
        for index in indices:
            if time.monotonic() - start > options.time:
                break
            if options.only is None and index % 1000 == 0 and index:
                print(f"{index} graphs, {sum(map(len, self.findings.values()))} findings, "
                      f"{time.monotonic() - start:.0f} s", flush=True)
            try:
                case = make_case(options.seed, index, order)
            except Exception:
                print(f"FINDING graph {options.seed}/{index}: the generator failed\n{traceback.format_exc()}", flush=True)
                self.findings.setdefault("generator", []).append(f"{options.seed}/{index}")
                continue
            if options.show:
                print(describe(case.model))
            # The next case is made while one is compiled.
            if waiting is not None:
                self.take(waiting, self._compiler.result())
            self._compiler.submit(case.model, case.inputs)
            waiting = case
        if waiting is not None:
            self.take(waiting, self._compiler.result())
        return time.monotonic() - start

    def summarise(self, seconds, supported):
        count = max(1, self.graphs)
        print(f"\nseed {self._options.seed}: {self.graphs} graphs in {seconds:.0f} s "
              f"({seconds / count:.3f} s each, of which the product took {self.seconds / count:.3f} s)")
        print("outcomes: " + ", ".join(f"{n} {kind}" for kind, n in self.kinds.most_common()))
        for reason, n in self.limits.most_common():
            print(f"not supported, {n} times: {reason}")
        holes = []
        if self.graphs >= 1.2 * len(supported):
            holes = sorted(op for op in supported if not self.generated[op])
            if self.graphs >= 10 * len(supported):
                holes += sorted(op for op in supported if not self.compiled[op] and op not in holes)
        if holes:
            print("FAILED: these operators were never tried: " + " ".join(holes))
        print(f"of {self.errors_made} errors of 1 % that were added to check the comparison, {self.errors_found} "
              "were found")
        blind = self.errors_made >= 20 and self.errors_found < 0.9 * self.errors_made
        if blind:
            print("FAILED: the comparison overlooks errors")
        print(f"findings: {sum(map(len, self.findings.values()))} of {len(self.findings)} kinds")
        for rough, names in sorted(self.findings.items(), key=lambda item: -len(item[1])):
            print(f"  {len(names):5} {rough}   e.g. {names[0]}")
        return not self.findings and not holes and not blind


def _kind(problem):
    return problem.split(":", 1)[0]


def _rough(problem, model):
    """Returns a key that is equal for findings which probably have one cause: the message without numbers and names, or
    the graph's operators if outputs differ."""
    if problem.startswith("differs"):
        nan = ", NaN" if "nan" in problem else ""
        return "differs: " + " ".join(sorted({node.op_type for node in model.graph.node} - {"Constant"})) + nan
    return re.sub(r"'[^']*'|\d+|x\d+", "_", problem)[:160]


def describe(model):
    """Returns the model with one line for each node. Long lines are cut."""
    text = onnx.printer.to_text(model)
    return "\n".join(line if len(line) < 400 else line[:400] + "..." for line in text.split("\n"))


def parse(arguments):
    parser = argparse.ArgumentParser(prog="random_models", description=__doc__)
    parser.add_argument("--seed", type=int, help="the seed of all graphs; by default it is chosen at random and printed")
    parser.add_argument("--graphs", type=int, default=200, help="the number of graphs (default: 200)")
    parser.add_argument("--first", type=int, default=0, help="the index of the first graph (default: 0)")
    parser.add_argument("--only", type=int, metavar="INDEX", help="make only this graph of the seed")
    parser.add_argument("--time", type=float, default=float("inf"), metavar="SECONDS",
                        help="begin no new graph after this time")
    parser.add_argument("--limit", type=int, default=30, metavar="SECONDS",
                        help="the time limit for compiling and running one graph (default: 30)")
    parser.add_argument("--findings", metavar="FOLDER", help="the folder for the shrunk models of findings")
    parser.add_argument("--no-shrink", action="store_true", help="do not make failing models smaller")
    parser.add_argument("--shrink-seconds", type=float, default=40, metavar="SECONDS",
                        help="the time limit for shrinking one model (default: 40)")
    parser.add_argument("--show", action="store_true", help="print the graphs")
    options = parser.parse_args(arguments)
    if options.seed is None:
        options.seed = secrets.randbelow(10**9)
    return options


def main(arguments, build_dir, source_dir):
    options = parse(arguments)
    warnings.simplefilter("ignore")  # NumPy warns of NaN and of means of no elements, which are tested on purpose
    if options.findings is None:
        options.findings = os.path.join(build_dir, "random_models_findings")
    print(f"seed {options.seed}: `random_models --seed {options.seed} --only INDEX` makes one of its graphs again", flush=True)
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    scratch = tempfile.mkdtemp(prefix="random_models_", dir=base)
    compiler = Compiler(build_dir, source_dir, scratch, options.limit)
    try:
        # ONNX's reference evaluator does not know operators of other domains, nor ONNX Runtime's in its own.
        supported = [op for op in compiler.operators() if "." not in op and op != "SimplifiedLayerNormalization"]
        missing = sorted(set(supported) - set(operators.GENERATORS))
        if missing:
            print("the importer supports operators that tests/conformance/fuzzer/operators.py does not make; add them: "
                  + " ".join(missing))
            return 1
        fuzzer = Fuzzer(options, compiler)
        seconds = fuzzer.run(supported)
        if options.only is not None:
            supported = []
        return 0 if fuzzer.summarise(seconds, supported) else 1
    finally:
        compiler.close()
        shutil.rmtree(scratch, ignore_errors=True)
