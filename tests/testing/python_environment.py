"""Makes Python environments with packages from PyPI in the build folder, for tests that need them."""

import hashlib
import os
import shutil
import subprocess
import sys


def environment(build_dir, name, requirements):
    """Returns the path of an environment's Python. It is made once for each list of versions, the file `requirements`.
    RuntimeError: it cannot be made; the message says why."""
    with open(requirements, "rb") as file:
        key = hashlib.sha256(file.read() + sys.version.encode()).hexdigest()[:12]
    folder = os.path.join(build_dir, "venv", f"{name}-{key}")
    python = os.path.join(folder, "bin", "python3")
    if os.path.exists(os.path.join(folder, "complete")):
        return python
    shutil.rmtree(folder, ignore_errors=True)
    for command in ([sys.executable, "-m", "venv", folder],
                    [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}")
    open(os.path.join(folder, "complete"), "w").close()
    return python
