#!/usr/bin/env python3
"""Gathers the site's sources: gather.py ROOT FOLDER.

Copies every Markdown page of the repository, the pictures of docs/, and each file that a page links to into FOLDER. All
keep their places, so the same relative links work in the repository and on the site.
"""
import os
import re
import shutil
import sys

SKIPPED_FOLDERS = {".git", "build"}  # at the top
LINK = re.compile(r"\]\(([^)\s#]+)")
FENCE = re.compile(r"\s*(```|~~~)")
ITEM = re.compile(r"([-*]|\d+\.) ")


def pages_and_pictures(root):
    for folder, folders, files in os.walk(root):
        if folder == root:
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
        for name in files:
            path = os.path.relpath(os.path.join(folder, name), root)
            if name.endswith(".md") or (name.endswith(".svg") and path.startswith("docs/")):
                yield path


def with_empty_lines(text):
    """Python-Markdown wants an empty line before a list that follows a paragraph; the hosting site does not."""
    lines, fenced = [], False
    for line in text.split("\n"):
        if FENCE.match(line):
            fenced = not fenced
        before = lines[-1] if lines else ""
        if not fenced and ITEM.match(line) and re.match(r"\S", before) and not ITEM.match(before):
            lines.append("")
        lines.append(line)
    return "\n".join(lines)


def copy(root, folder, path):
    target = os.path.join(folder, path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if path.endswith(".md"):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        with open(target, "w", encoding="utf-8") as file:
            file.write(with_empty_lines(text))
    else:
        shutil.copyfile(os.path.join(root, path), target)


def main():
    root, folder = map(os.path.abspath, sys.argv[1:])
    shutil.rmtree(folder, ignore_errors=True)
    paths = set(pages_and_pictures(root))
    for page in [path for path in paths if path.endswith(".md")]:
        with open(os.path.join(root, page), encoding="utf-8") as file:
            for link in LINK.findall(file.read()):
                linked = os.path.normpath(os.path.join(os.path.dirname(page), link))
                if os.path.isfile(os.path.join(root, linked)):
                    paths.add(linked)
    for path in sorted(paths):
        copy(root, folder, path)


if __name__ == "__main__":
    main()
