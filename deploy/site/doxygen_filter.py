#!/usr/bin/env python3
"""Doxygen's INPUT_FILTER: makes the project's // comments those that Doxygen reads.

    // What a thing is.            ->  /** What a thing is. */
    int size;  // in bytes             int size;  /**< in bytes */

The first comment of a file, which stands before its include guard, is the file's. Indented lines behind an empty line or
behind a colon are an example, and shown as they are. What Doxygen would take for commands or for HTML is escaped.
"""
import re
import sys

CODE_INDENT = 3
ALONE = re.compile(r"^(\s*)//(?!/)(.*)$")
TRAILING = re.compile(r"^(?P<code>[^\"']*(?:\"[^\"]*\"[^\"']*)*?[;,{(]) *// (?P<text>.*)$")
CODE_SPAN = re.compile(r"(`[^`]*`)")


def without_ends(text):
    """The text without the marks of block comments, as in "sketches/*.mlir": an invisible space takes them apart."""
    return text.replace("/*", "/\u200b*").replace("*/", "*\u200b/")


def escaped(text):
    """The text with nothing in it that means something to Doxygen, but for Markdown."""
    parts = CODE_SPAN.split(without_ends(text))
    return "".join(part if part.startswith("`") else re.sub(r"([\\@<>&#%$])", r"\\\1", part) for part in parts)


def documented(comment):
    """The lines of a comment as those of a documentation block."""
    lines, example, before = [], False, ":"
    for text in comment:
        words = text.strip()
        depth = len(text) - len(text.lstrip())
        shown = bool(words) and depth >= CODE_INDENT and (example or not before or before.endswith(":"))
        if example and not shown:
            lines[-1] += " \\endverbatim"
        if shown:
            lines.append(("" if example else "\\verbatim ") + without_ends(text))
        else:
            lines.append(escaped(text))
        example, before = shown, words
    if example:
        lines[-1] += " \\endverbatim"
    return lines


def filtered(source):
    comment = []
    first = True
    for line in source + [""]:
        alone = ALONE.match(line)
        if alone:
            comment.append(alone.group(2))
            continue
        if comment:
            lines = documented(comment)
            yield from (["/** \\file"] if first else [])
            lines[0] = ("" if first else "/**") + lines[0]
            lines[-1] += " */"
            yield from lines
        comment, first = [], False
        trailing = TRAILING.match(line)
        if trailing and not line.lstrip().startswith("#"):
            line = f"{trailing['code']}  /**< {escaped(trailing['text'])} */"
        yield line


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as header:
        print("\n".join(filtered(header.read().split("\n"))))
