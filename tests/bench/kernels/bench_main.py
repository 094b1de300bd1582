"""The benchmark, inside of its environment; `run` starts it."""
import datetime
import importlib.metadata
import math
import os
import pathlib
import subprocess
import sys

import cases
import figures
import kernels
import machine
import options
import report
from diapason_program import Diapason
from peer_process import PeerProcess
from peers import onednn

TARGETS = {"native": "host", "avx2": "x86-64-v3"}  # Diapason's
TOLERANCE = 1e-3  # relative to the largest value; a larger error is a wrong result


class Bench:
    def __init__(self, chosen):
        self._chosen = chosen
        self._work = chosen.output / "work"
        self._work.mkdir(parents=True, exist_ok=True)
        self._diapason = Diapason(chosen.build_dir, TARGETS[chosen.isa], chosen.db)
        self._programs = chosen.build_dir / "bench" / "programs"
        self._environment = {"DIAPASON_BENCH_ISA": chosen.isa}
        self._hider = None  # hides AVX-512 from a process
        self._unlimited = set()  # libraries that cannot be kept from using AVX-512
        self._drivers = self._build_drivers()

    def _build_drivers(self):
        chosen, drivers = self._chosen, {}
        march = machine.MARCH[chosen.isa]
        self._roofline = machine.build_program(
            self._programs / f"roofline-{march}", ["tests/bench/kernels/roofline.cc", "tests/bench/fma_peak.cc"],
            [f"-march={march}", "-ffp-contract=fast", "-pthread"])
        if "onednn" in chosen.libraries:
            prefixes = {"onednn": pathlib.Path(sys.prefix), "onednn-winograd": pathlib.Path(
                os.environ["DIAPASON_BENCH_ONEDNN2"])}
            sources = {"onednn": "kernels.cc", "onednn-winograd": "winograd.cc"}
            drivers = {name: machine.build_onednn_driver(self._programs / name, prefix, sources[name])
                       for name, prefix in prefixes.items()}
        if chosen.isa == "avx2":
            self._environment["ONEDNN_MAX_CPU_ISA"] = "AVX2"
            if machine.has_avx512():
                self._hider = machine.build_avx512_hider(self._programs)
                if not self._hider:
                    self._unlimited = {"onnxruntime", "ncnn"}
        return drivers

    def peers(self, threads):
        """The peers by name, in the order of the table."""
        chosen = self._chosen
        names = ["diapason-default"] + (["diapason-tuned"] if chosen.db else [])
        for library in chosen.libraries:
            names += ["onednn", "onednn-winograd"] if library == "onednn" else [library]
        cores, worker = machine.cores_for(threads), options.HERE / "peers" / "worker.py"
        made = {}
        for name in names:
            environment = dict(self._environment, OMP_NUM_THREADS=str(threads), OPENBLAS_NUM_THREADS="1")
            if name in ("onnxruntime", "ncnn") and self._hider:
                environment["LD_PRELOAD"] = str(self._hider)
            command = ([str(self._drivers[name]), name] if name in self._drivers else
                       [sys.executable, str(worker), name, str(threads)])
            made[name] = PeerProcess(name, command, cores, environment, self._work)
        return made

    def make_cases(self):
        chosen = self._chosen
        for number, source in enumerate(chosen.kernels or chosen.model, 1):
            case = cases.model_case(source, self._work) if chosen.model else cases.kernel_case(source, self._work)
            if chosen.tune:
                print(f"tuning {case.name} ({number} of {len(chosen.kernels or chosen.model)})", file=sys.stderr)
                problem = self._diapason.tune(case.folder.model, case.sizes, chosen.tune)
                if problem:
                    print(f"{case.name}: {problem}", file=sys.stderr)
            yield case

    def compile(self, case):
        """Returns for each of Diapason's peers why it cannot compute the case."""
        reasons = {}
        for name, folder in case.folder.diapason.items():
            if name == "default" or self._chosen.db:
                problem = self._diapason.compile(case.folder.model, case.sizes, folder, name == "tuned")
                if problem:
                    reasons[f"diapason-{name}"] = problem
        return reasons

    def measure(self, case, peers, reasons):
        """Returns the result of each peer, and the rounds."""
        results, taking_part = {}, []
        for name, peer in peers.items():
            answer = self._load(case, peer, reasons.get(name))
            if "reason" not in answer:
                answer["error"] = case.folder.error(name, case.expected)
                taking_part.append(name)
            results[name] = answer
        rounds = []
        for number in range(self._chosen.rounds):
            # Backwards in every other round, so that no peer always runs after the same one.
            now = {name: self._time(peers[name]) for name in (taking_part if number % 2 == 0 else taking_part[::-1])}
            for name, answer in now.items():
                if "reason" in answer:
                    results[name] = answer
                    taking_part.remove(name)
            rounds.append({name: answer for name, answer in now.items() if "reason" not in answer})
        return results, [{name: r[name] for name in taking_part} for r in rounds]

    def _load(self, case, peer, reason):
        if reason:
            return {"reason": reason}
        if peer.name in self._unlimited:
            return {"reason": "it uses AVX-512, and this machine does not allow to hide that from a program"}
        description = ""
        if peer.name in self._drivers:
            description = onednn.describe(case.operator) if case.operator else None
            if description is None:
                return {"reason": "oneDNN has no primitive for it, or the benchmark does not use it"}
            if peer.name == "onednn-winograd" and not (
                    isinstance(case.operator, kernels.Conv) and case.operator.has_winograd()):
                return {"reason": "Winograd's algorithm is for convolutions of 3 x 3 with stride 1"}
        return peer.load(f"{case.name} {description}")

    def _time(self, peer):
        answer = peer.time(self._chosen.seconds)
        if "us" in answer:
            answer["us"] = figures.quantile(answer["us"], 0.5)
        return answer

    def roofline(self, threads):
        return machine.measure_roofline(self._roofline, threads, machine.cores_for(threads))

    def versions(self):
        return {"diapason": self._diapason.version(),
                **{name: importlib.metadata.version(name) for name in ("onnxruntime", "ncnn")},
                **{name: subprocess.run([str(driver), "--version"], stdout=subprocess.PIPE, text=True).stdout.strip()
                   for name, driver in self._drivers.items()}}


def make_row(case, threads, results, rounds, roofline):
    """What the table and the JSON say of a case."""
    for name, result in results.items():
        if "reason" not in result:
            kept = figures.clean_rounds(rounds, [name])
            result.update(us=figures.summary([r[name]["us"] for r in kept]), rounds_us=[r[name]["us"] for r in rounds],
                          clean=[r[name]["clean"] for r in rounds], overhead_us=rounds[-1][name]["overhead_us"],
                          wrong=not result["error"] <= TOLERANCE)
            if not math.isfinite(result["error"]):
                result["error"] = None  # JSON has no infinity
    right = [name for name, result in results.items() if "reason" not in result and not result["wrong"]]
    ours = next((name for name in ("diapason-tuned", "diapason-default") if name in right), None)
    best = figures.fastest(rounds, [name for name in right if not name.startswith("diapason")])
    row = {"name": case.name, "kind": case.kind, "threads": threads, "flops": case.flops, "bytes": case.moved_bytes,
           "peers": results, "ours": ours, "best": best, "speedups": {}, "unsteady": False}
    if ours:
        row["speedups"] = {name: figures.speedup(rounds, ours, name) for name in right if name != ours}
        if case.operator:
            row["limit_us"] = figures.limit_us(case.flops, case.moved_bytes, roofline)
            row["share_of_limit"] = row["limit_us"] / results[ours]["us"]["median"]
    if ours and best:
        row["unsteady"] = figures.is_unsteady(row["speedups"][best]) or not all(
            r[name]["clean"] for r in figures.clean_rounds(rounds, [ours, best]) for name in (ours, best))
    return row


def main():
    chosen = options.parse(sys.argv[1:])
    machine.cores_for(max(chosen.threads))  # ends the program if there are too few
    bench = Bench(chosen)
    made = list(bench.make_cases())
    reasons = {case.name: bench.compile(case) for case in made}
    result = {"begun": datetime.datetime.now().isoformat(timespec="seconds"), "machine": machine.describe(),
              "versions": bench.versions(), "isa": chosen.isa, "db": chosen.db,
              "tuned_seconds": chosen.tune, "rounds": chosen.rounds, "seconds": chosen.seconds, "rooflines": {},
              "results": []}
    for threads in chosen.threads:
        peers = bench.peers(threads)
        result["rooflines"][threads] = roofline = bench.roofline(threads)
        table = report.Table(chosen, threads, roofline)
        try:
            for case in made:
                row = make_row(case, threads, *bench.measure(case, peers, reasons[case.name]), roofline)
                result["results"].append(row)
                table.print_row(row)
        finally:
            for peer in peers.values():
                peer.close()
        rows = [row for row in result["results"] if row["threads"] == threads]
        result.setdefault("means", {})[threads] = means = report.means(rows)
        table.print_means(rows, means)
    report.write(result, chosen.output)
    for case in made:
        case.folder.remove_tensors()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
