#!/usr/bin/env python3
"""Prints the public headers of the libraries, one a line: public_headers.py ROOT.

They are what the CMakeLists.txt of each folder lists as HDRS of diapason_add_library, and all headers of the run-time.
"""
import glob
import os
import re
import sys

KEYWORDS = {"NAME", "SRCS", "HDRS", "PUBLIC", "PRIVATE"}


def headers(root):
    for path in glob.glob(os.path.join(root, "compiler", "runtime", "*.h")):
        yield os.path.relpath(path, root)
    for folder in ("proto", "compiler", "costmodel", "db", "tracker", "device-agent", "tuner"):
        for path in glob.glob(os.path.join(root, folder, "**", "CMakeLists.txt"), recursive=True):
            with open(path, encoding="utf-8") as file:
                text = re.sub(r"#.*", "", file.read())
            for arguments in re.findall(r"diapason_add_library\(([^)]*)\)", text):
                listed = False
                for word in arguments.split():
                    if word in KEYWORDS:
                        listed = word == "HDRS"
                    elif listed:
                        yield os.path.relpath(os.path.join(os.path.dirname(path), word), root)


if __name__ == "__main__":
    print("\n".join(sorted(set(headers(sys.argv[1])))))
