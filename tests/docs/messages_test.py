#!/usr/bin/env python3
"""Every message that docs/troubleshooting.md quotes still occurs in the source.

A quoted message is the code span with which a list item begins. "..." in it stands for parts that differ. The parts
between must occur in one source file, in this order and close to each other.
"""

import os
import re
import unittest

SOURCE = os.environ.get("DIAPASON_SOURCE_DIR") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
FOLDERS = ("proto", "db", "tracker", "device-agent", "compiler", "costmodel", "tuner")
PAGE = "docs/troubleshooting.md"
NEAR = 700  # characters of source between two parts of a message

ESCAPES = {"\\n": "\n", "\\\"": "\"", "\\\\": "\\"}


def literals_joined(text):
    """The source as it is, but "one " "literal" in pieces is one literal, and its escapes are resolved."""
    text = re.sub(r'"\s*\n?\s*"', "", text)
    return re.sub(r'\\[n"\\]', lambda match: ESCAPES[match.group()], text)


def sources():
    for folder in FOLDERS:
        for where, _, names in os.walk(os.path.join(SOURCE, folder)):
            for name in names:
                if name.endswith((".cc", ".c", ".h")):
                    yield os.path.join(where, name)
    for name in ("quickstart", "build", "install_packages"):
        yield os.path.join(SOURCE, "deploy", name)


def quoted(page):
    """Pairs of line number and message."""
    for number, line in enumerate(page.splitlines(), 1):
        match = re.match(r"- (`+)(.*?)\1:(?: |$)", line)
        if match:
            yield number, match.group(2).strip("`").strip() if match.group(1) == "``" else match.group(2)
        elif line.startswith("- `"):
            raise ValueError(f"{PAGE}:{number}: the message does not end on this line")


class MessagesTest(unittest.TestCase):
    def test_quoted_messages_are_in_the_source(self):
        with open(os.path.join(SOURCE, PAGE), encoding="utf-8") as file:
            messages = list(quoted(file.read()))
        self.assertGreater(len(messages), 100)
        texts = []
        for path in sources():
            with open(path, encoding="utf-8") as file:
                texts.append(literals_joined(file.read()))
        for number, message in messages:
            parts = [re.escape(part) for part in message.split("...") if part.strip()]
            pattern = re.compile(rf"[\s\S]{{0,{NEAR}}}?".join(parts))
            with self.subTest(message=message):
                self.assertTrue(parts, f"{PAGE}:{number}: nothing is quoted")
                self.assertTrue(
                    any(pattern.search(text) for text in texts),
                    f"{PAGE}:{number}: no source says this any more; if the message has changed, quote the new one")


if __name__ == "__main__":
    unittest.main()
