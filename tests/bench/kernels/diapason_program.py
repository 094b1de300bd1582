"""Calls the program `diapason`, as a user does."""
import shutil
import subprocess


class Diapason:
    def __init__(self, build_dir, target, log):
        self._program, self._target, self._log = str(build_dir / "bin" / "diapason"), target, log

    def version(self):
        done = subprocess.run([self._program, "version"], stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()

    def tune(self, model, sizes, seconds):
        """Tunes the model into the log. `sizes` are those of its dynamic dimensions, by name.

        Returns why that failed, or None."""
        return self._run("tune", model, sizes, ["--time", f"{seconds}s", "--db", self._log])

    def compile(self, model, sizes, folder, with_log):
        """Compiles with the schedules of the log, or with the default ones. Returns why that failed, or None."""
        shutil.rmtree(folder, ignore_errors=True)
        source = ["--db", self._log] if with_log else ["--no-log"]
        return self._run("compile", model, sizes, [*source, "-o", str(folder)])

    def _run(self, command, model, sizes, options):
        words = [self._program, command, str(model), "--target", self._target, *options]
        for name, size in sizes.items():
            words += ["--dim", f"{name}={size}"]
        done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode == 0:
            return None
        return (done.stderr.strip().splitlines() or [f"diapason {command} exited with {done.returncode}"])[-1]
