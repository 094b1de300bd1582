"""A peer: a process that times one library. Peers take turns; a peer that is not being timed is stopped."""
import json
import os
import select
import signal
import subprocess


class PeerProcess:
    """`command` is a program that speaks the protocol of `peers/worker.py`. It runs on the given cores only, in the
    folder `work`, where its log is, too.

    The process is started by the first `load`, and again by the next one if it has died."""

    def __init__(self, name, command, cores, environment, work):
        self.name = name
        self._command, self._cores, self._environment = command, cores, environment
        self._work, self._log = work, work / f"{name}.log"
        self._process = None

    def load(self, words, timeout=300):
        """Returns the answer to `load`: {"variant"} or {"reason"}."""
        if self._process is None:
            with open(self._log, "a") as log:
                self._process = subprocess.Popen(
                    self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, bufsize=1,
                    cwd=self._work, env=dict(os.environ, **self._environment), start_new_session=True,
                    preexec_fn=lambda: os.sched_setaffinity(0, self._cores))
        else:
            self._signal(signal.SIGCONT)
        return self._ask("load " + words, timeout)

    def time(self, seconds):
        """Returns the answer to `time`: {"us", "clean", "overhead_us"} or {"reason"}."""
        self._signal(signal.SIGCONT)
        return self._ask(f"time {seconds}", 120 + 20 * seconds)

    def close(self):
        if self._process is not None:
            self._signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _ask(self, line, timeout):
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            ready, _, _ = select.select([self._process.stdout], [], [], timeout)
            answer = self._process.stdout.readline() if ready else None
        except BrokenPipeError:
            answer = ""
        if answer:
            self._signal(signal.SIGSTOP)
            return json.loads(answer)
        if answer is None:
            reason = f"no answer in {timeout:.0f} s"
        else:
            reason = f"the process ended with status {self._process.wait()}; see {self._log}"
        self.close()
        return {"reason": reason}

    def _signal(self, number):
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass
