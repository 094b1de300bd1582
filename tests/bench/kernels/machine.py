"""What the benchmark needs to know of this machine, and the programs in C and C++ that it builds."""
import os
import pathlib
import platform
import re
import shlex
import subprocess

import options

MARCH = {"native": "native", "avx2": "x86-64-v3"}
SOURCES = pathlib.Path("tests/bench/kernels")  # below the repository


def build_program(output, sources, flags):
    """Compiles with $CXX, or else with the compiler of the project. A program is kept while it is newer than its
    sources and the command that made it is the same: a flag may name a folder with libraries that has moved."""
    paths = [options.SOURCE_DIR / source for source in sources]
    compiler = os.environ.get("CXX", "clang++-22")
    language = ["-std=c++17"] if paths[0].suffix == ".cc" else ["-x", "c"]
    command = [compiler, *language, "-O2", f"-I{options.SOURCE_DIR}", *map(str, paths), *flags, "-o", str(output)]
    record = output.with_name(output.name + ".command")
    headers = (options.SOURCE_DIR / SOURCES).rglob("*.h")
    newest = max(os.path.getmtime(path) for path in [*paths, *headers])
    if (output.exists() and output.stat().st_mtime > newest and record.exists()
            and record.read_text() == shlex.join(command)):
        return output
    output.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{compiler} cannot compile {paths[0]}:\n{done.stdout[-2000:]}")
    record.write_text(shlex.join(command))
    return output


def build_onednn_driver(output, prefix, main_source):
    """`prefix` is the folder with oneDNN's `include` and `lib`."""
    folder = SOURCES / "onednn"
    return build_program(output, [folder / "driver_main.cc", folder / "variant.cc", folder / main_source],
                         [f"-I{prefix}/include", f"-L{prefix}/lib", "-ldnnl", f"-Wl,-rpath,{prefix}/lib"])


def has_avx512():
    return bool(re.search(r"\bavx512f\b", pathlib.Path("/proc/cpuinfo").read_text()))


def build_avx512_hider(folder):
    """A library that hides AVX-512 from programs into which it is preloaded. None: this machine does not allow it."""
    library = build_program(folder / "hide_avx512.so", [SOURCES / "hide_avx512.c"], ["-shared", "-fPIC"])
    tried = subprocess.run(["true"], env=dict(os.environ, LD_PRELOAD=str(library)), stderr=subprocess.DEVNULL)
    return library if tried.returncode == 0 else None


def _caches():
    """Bytes of the data caches of the first core, the smallest first."""
    sizes = []
    for index in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        if (index / "type").read_text().strip() != "Instruction":
            number, unit = re.fullmatch(r"(\d+)([KM]?)", (index / "size").read_text().strip()).groups()
            sizes.append(int(number) * {"": 1, "K": 1 << 10, "M": 1 << 20}[unit])
    return sorted(sizes) or [32 << 10, 1 << 20]


def measure_roofline(program, threads, cores):
    """{"gflops", "levels": [{"name", "bytes", "gb_per_s"}]}: the rates of all threads together. Memory has no `bytes`.

    The last cache is taken as shared, all others as a core's own. These are measured with half of what they hold, and
    the shared one with a quarter, because other cores use it, too."""
    caches = _caches()
    own, shared = caches[:-1], caches[-1]
    sizes = [size // 2 for size in own] + [shared // 4 // threads, max(4 * shared, 64 << 20) // threads]
    done = subprocess.run([str(program), str(threads), *map(str, sizes)], stdout=subprocess.PIPE, text=True, check=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, cores))
    peak, *lines = done.stdout.splitlines()
    names = [f"L{i + 1}" for i in range(len(caches))] + ["memory"]
    holds = [size * threads for size in own] + [shared, None]
    return {"gflops": float(peak), "levels": [
        {"name": name, "bytes": size, "gb_per_s": max(map(float, line.split()[1:]))}
        for name, size, line in zip(names, holds, lines)]}


def cores_for(threads):
    """The cores that every peer runs on: the last of those that this process may use."""
    allowed = sorted(os.sched_getaffinity(0))
    if threads > len(allowed):
        raise SystemExit(f"--threads {threads}: this process may use {len(allowed)} cores only")
    return allowed[-threads:]


def describe():
    match = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {"cpu": match.group(1) if match else platform.machine(), "cores": os.cpu_count(),
            "system": platform.platform()}
