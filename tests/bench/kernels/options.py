"""The command line. This file needs the standard library only, because it is read before anything is installed."""
import argparse
import os
import pathlib
import re

import kernels

HERE = pathlib.Path(__file__).resolve().parent
SOURCE_DIR = pathlib.Path(os.environ.get("DIAPASON_SOURCE_DIR") or HERE.parents[2])
BUILD_DIR = pathlib.Path(os.environ.get("DIAPASON_BUILD_DIR") or SOURCE_DIR / "build" / "ci")
LIBRARIES = ("onednn", "onnxruntime", "ncnn")


def _list_of(kind, allowed=None):
    def parse(text):
        items = [kind(item) for item in text.split(",")]
        for item in items:
            if allowed and item not in allowed:
                raise argparse.ArgumentTypeError(f"'{item}' is not one of {', '.join(allowed)}")
        return items
    return parse


def _positive(kind):
    def parse(text):
        value = kind(text)
        if value <= 0:
            raise argparse.ArgumentTypeError(f"'{text}' is not greater than 0")
        return value
    return parse


def _regex(text):
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"'{text}' is not a valid regular expression: {error}")


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="run", description="Times Diapason's kernels and those of other libraries, and prints a table. README.md "
        "beside this program says how times are taken.")
    parser.add_argument("--db", metavar="LOG", help="tuning log for the column 'tuned', e.g. sqlite:tuning.db")
    parser.add_argument("--tune", metavar="SECONDS", type=_positive(int), help="first tune each kernel for so long, "
                        "into the log of --db, or into a new one in the output folder")
    parser.add_argument("--threads", metavar="LIST", type=_list_of(_positive(int)), default=[1],
                        help="numbers of threads, with commas between them; default: 1")
    parser.add_argument("--isa", choices=["native", "avx2"], default="native", help="avx2 limits all sides to AVX2")
    parser.add_argument("--only", metavar="REGEX", type=_regex, help="kernels whose name or kind contains a match")
    parser.add_argument("--model", metavar="FILE.onnx", type=pathlib.Path, action="append", default=[],
                        help="time this model instead of the kernels; repeatable. Its inputs are FILE/input_N.pb, or "
                        "random numbers")
    parser.add_argument("--libraries", metavar="LIST", type=_list_of(str, LIBRARIES), default=list(LIBRARIES),
                        help=f"which to compare with; default: {','.join(LIBRARIES)}")
    parser.add_argument("--rounds", type=_positive(int), default=15, help="default: %(default)s")
    parser.add_argument("--seconds", type=_positive(float), default=0.03, help="for each library and round; default: "
                        "%(default)s")
    parser.add_argument("-o", "--output", metavar="FOLDER", type=pathlib.Path,
                        help="receives result.json, result.png and all other files; default: bench/kernels in the "
                        "build folder")
    parser.add_argument("--build-dir", metavar="FOLDER", type=pathlib.Path, default=BUILD_DIR, help="build whose "
                        "programs are run; default: build/ci")
    parser.add_argument("--list", action="store_true", help="print the kernels and end")
    chosen = parser.parse_args(arguments)
    chosen.build_dir = chosen.build_dir.resolve()
    chosen.output = (chosen.output or chosen.build_dir / "bench" / "kernels").resolve()
    if chosen.tune and not chosen.db:
        chosen.db = f"sqlite:{chosen.output / 'tuning.db'}"
    chosen.kernels = [] if chosen.model else [
        k for k in kernels.KERNELS if not chosen.only or chosen.only.search(k.name) or chosen.only.search(k.kind)]
    if not chosen.kernels and not chosen.model:
        parser.error(f"no kernel matches --only '{chosen.only.pattern}'; --list prints all of them")
    for model in chosen.model:
        if not model.is_file():
            parser.error(f"{model} does not exist")
    if not (chosen.build_dir / "bin" / "diapason").exists() and not chosen.list:
        parser.error(f"{chosen.build_dir}/bin/diapason does not exist; build it, or name a build with --build-dir")
    return chosen


def describe_kernels(chosen):
    return [f"{k.name:22}{k.kind:12}{k.operator}" for k in chosen.kernels]
