"""A process that times one library. It reads commands from its standard input and answers each with a line of JSON.

  load CASE
      Loads the case from the folder CASE, computes it, and writes the outputs to the folder. Answers {"variant"}, which
      says which of its algorithms the library took, where this is known; or {"reason"}, why it cannot compute the case.
  time SECONDS
      Calls the kernel again and again for so long. Calls during which the system took a core from this process do not
      count. If fewer than three calls are left, it goes on for up to five times as long. Answers {"us", "clean",
      "overhead_us"}: the times of the calls in microseconds; whether all of them are undisturbed; and what has been
      subtracted from each, the time of a call that computes nothing.

`onednn/driver_main.cc` speaks the same protocol in C++.
"""
import importlib
import json
import os
import resource
import sys
import time

import kernels
from case_folder import CaseFolder
from peers.unsupported import Unsupported

MIN_SAMPLES = 3
MOST_SECONDS = 5  # times the seconds that were asked for


def lost_cores():
    """How often the system has taken a core from a thread of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def take_samples(loaded, seconds):
    loaded.sample()  # after other processes have run, caches and clocks need a call to settle
    begin, clean, disturbed = time.perf_counter(), [], []
    passed, lost = 0.0, lost_cores()
    while passed < seconds or len(clean) < MIN_SAMPLES and (
            passed < MOST_SECONDS * seconds or len(clean) + len(disturbed) < MIN_SAMPLES):
        sample = loaded.sample() * 1e6
        passed, lost_before, lost = time.perf_counter() - begin, lost, lost_cores()
        (clean if lost == lost_before else disturbed).append(sample)
    is_clean, overhead = len(clean) >= MIN_SAMPLES, loaded.overhead() * 1e6
    return {"us": [max(s - overhead, 0.001) for s in (clean if is_clean else clean + disturbed)], "clean": is_clean,
            "overhead_us": overhead}


def main():
    name, threads = sys.argv[1], int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what the library prints goes to the log
    library, _, variant = name.partition("-")
    peer = importlib.import_module(f"peers.{library}_peer").Peer(threads, variant)
    operators = {kernel.name: kernel.operator for kernel in kernels.KERNELS}
    loaded = None
    for line in sys.stdin:
        command, *words = line.split()
        if command == "time":
            answer = take_samples(loaded, float(words[0]))
        else:
            loaded = None
            case = CaseFolder(words[0]).read()
            try:
                loaded = peer.load(case, operators.get(words[0]))
                case.write_outputs(name, loaded.outputs())
                answer = {"variant": loaded.variant}
            except Exception as problem:  # whatever a library raises is the answer to "can it compute this?"
                lines = str(problem).strip().splitlines() or [""]
                kind = "" if isinstance(problem, Unsupported) else type(problem).__name__ + ": "
                answer = {"reason": (kind + lines[0])[:300]}
        answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
