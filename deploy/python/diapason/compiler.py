"""Compiles ONNX models with the program `diapason`, and keeps the results in a folder for all processes of a user."""
import contextlib
import fcntl
import functools
import hashlib
import json
import logging
import os
import platform
import shutil
import subprocess
import tempfile

_log = logging.getLogger("diapason")

_REFUSAL = "refusal.json"  # in the cache, in place of a compiled model


class CompileError(RuntimeError):
    """A model or a part of it cannot be compiled.

    `refused` has the indices of the nodes that are not supported, and `tensors` the names of the tensors. Both are
    empty if something else went wrong.
    """

    def __init__(self, message, refused=(), tensors=()):
        super().__init__(message)
        self.refused = frozenset(refused)
        self.tensors = frozenset(tensors)


class InstallationError(RuntimeError):
    """The program `diapason` is not there or does not run."""


def find_program():
    """Returns the path of `diapason`: of DIAPASON_PROGRAM, of this package, or on PATH."""
    named = os.environ.get("DIAPASON_PROGRAM")
    own = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "bin", "diapason")
    found = named or (own if os.path.exists(own) else shutil.which("diapason"))
    if found is None or not os.access(found, os.X_OK):
        raise InstallationError("the program `diapason` was not found; put it on PATH, or set DIAPASON_PROGRAM to its "
                                "path")
    return found


def cache_folder():
    """Returns the folder of compiled models."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.environ.get("DIAPASON_CACHE") or os.path.join(base, "diapason")


def clear_cache():
    """Removes all compiled models of the cache. Sessions of running processes go on."""
    shutil.rmtree(cache_folder(), ignore_errors=True)


def _call(*words):
    """Calls the program. Programs that the package contains bring their libraries, too."""
    environment = dict(os.environ)
    libraries = os.path.join(os.path.dirname(os.path.dirname(words[0])), "lib", "system")
    if os.path.isdir(libraries):
        environment["LD_LIBRARY_PATH"] = libraries
    return subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=environment)


@functools.lru_cache(maxsize=None)
def _version(program):
    """Returns a text that is another one for another compiler."""
    done = _call(program, "version", "--json")
    if done.returncode != 0:
        message = done.stderr.strip() or f"the exit code is {done.returncode}"
        raise InstallationError(f"{program} does not run: {message}")
    return done.stdout


@functools.lru_cache(maxsize=None)
def _machine():
    """Returns a text that is another one for another kind of processor."""
    words = {"vendor_id", "cpu family", "model", "model name", "flags", "CPU implementer", "CPU part", "Features"}
    with contextlib.suppress(OSError):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return "".join(sorted({line for line in file if line.split("\t")[0].strip() in words}))
    return platform.processor()


def _log_state(db):
    """Returns a text that is another one when the log has new records."""
    path = (db or "").partition("sqlite:")[2]
    states = []
    for name in (path, path + "-wal"):
        with contextlib.suppress(OSError):
            status = os.stat(name)
            states.append(f"{status.st_size} {status.st_mtime_ns}")
    return f"{db} {states}"


@contextlib.contextmanager
def _locked(path):
    """Only one process at a time is in this block for the same path. The lock ends with the process."""
    with open(path, "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _read_refusal(folder):
    """Raises the error that is stored in the folder, if there is one."""
    with contextlib.suppress(FileNotFoundError):
        with open(os.path.join(folder, _REFUSAL), encoding="utf-8") as file:
            raise _error_of(json.load(file))


def _error_of(refusal):
    parts = refusal.get("parts", [])
    nodes = {part["node"] for part in parts if "node" in part}
    tensors = {part["name"] for part in parts if part.get("kind") != "REFUSED_KIND_NODE" and "name" in part}
    return CompileError(refusal["error"], nodes, tensors)


def _compile(program, model, folder, threads, db):
    """Compiles into the new folder, or stores there which nodes are not supported."""
    source = os.path.join(folder, "model.onnx")
    with open(source, "wb") as file:
        file.write(model)
    words = [program, "compile", source, "--target", "host", "--json", "-o", folder]
    words += ["--db", db] if db else ["--no-log"]
    if threads > 1:
        words += ["--threads", str(threads)]
    done = _call(*words)
    os.remove(source)
    if done.returncode == 0:
        return
    refusal = {}
    with contextlib.suppress(ValueError):
        refusal = json.loads(done.stdout)
    shorten = lambda text: text.replace(source + ": ", "").strip()  # the file is gone, so its path says nothing
    if not refusal.get("parts"):
        message = shorten(done.stderr) or f"the exit code is {done.returncode}"
        raise CompileError(f"{os.path.basename(program)} does not compile the model: {message}")
    refusal["error"] = shorten(refusal.get("error", "the model is not supported"))
    with open(os.path.join(folder, _REFUSAL), "w", encoding="utf-8") as file:
        json.dump(refusal, file)


def compile_model(model, threads):
    """Returns the folder with the compiled model. `model` is the bytes of an ONNX file with static shapes.

    A model that was compiled before, by any process of this user, is found in the cache. Its key is the contents of
    the model, the compiler, the processor, the number of threads, and the state of the tuning log.
    """
    program, db = find_program(), os.environ.get("DIAPASON_DB")
    key = hashlib.sha256()
    for text in (_version(program), _machine(), str(threads), _log_state(db)):
        key.update(text.encode() + b"\0")
    key.update(model)
    cache = cache_folder()
    folder = os.path.join(cache, key.hexdigest()[:32])
    if not os.path.isdir(folder):
        os.makedirs(cache, exist_ok=True)
        # A process that needs the same model waits for this one.
        with _locked(folder + ".lock"):
            if not os.path.isdir(folder):
                _log.info("compiling a model of %d bytes into %s", len(model), folder)
                unfinished = tempfile.mkdtemp(prefix=".unfinished-", dir=cache)
                try:
                    _compile(program, model, unfinished, threads, db)
                    os.rename(unfinished, folder)
                finally:
                    shutil.rmtree(unfinished, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            os.remove(folder + ".lock")
    _read_refusal(folder)
    return folder
