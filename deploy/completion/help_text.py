"""Reads what `PROGRAM --help` prints (the form of the library CLI11) into data.

The completion for shells and the manual pages are made from it, so that they say what the programs say.
"""

import dataclasses
import re
import subprocess

COLUMN = 30  # where CLI11 begins descriptions
VALUE = r"(?:TEXT|INT|UINT|FLOAT|ENUM|BOOLEAN)\S*(?: in \[[^\]]*\](?:=\S+)?)?"
RELATION = r"(?: (?:Excludes|Needs):(?: (?:--?[\w-]+|[A-Z]+))+)"
LABEL = re.compile(rf"^  (?P<names>\S+)(?: (?P<value>{VALUE}))?(?P<many> \.\.\.)?(?P<required> REQUIRED)?"
                   rf"(?P<relation>{RELATION}*)$")


@dataclasses.dataclass
class Option:
    names: list  # "-o", "--output"; of a positional argument its name, e.g. "MODEL"
    value: str  # the kind of its value, e.g. "TEXT"; empty: it takes none
    default: str
    choices: list  # the only values that it takes; empty: any
    repeatable: bool
    required: bool
    relation: str  # e.g. "Excludes: --output"; empty: none
    text: str  # its description, on one line

    @property
    def is_positional(self):
        return not self.names[0].startswith("-")


@dataclasses.dataclass
class Help:
    usage: str  # e.g. "diapason tune [OPTIONS] MODEL"
    description: str
    options: list
    positionals: list
    commands: list  # pairs of name and description
    footer: str  # examples, exit codes, notes: as printed


def _option(label, text):
    match = LABEL.match(label)
    if not match:
        raise ValueError(f"an option of an unknown form: {label!r}")
    value = match["value"] or ""
    choices = re.search(r"\{(.*?)\}", value)
    default = re.search(r"=(\S+)$", value)
    return Option(
        names=match["names"].split(","),
        value=re.split(r"[:= ]", value)[0],
        default=default[1] if default else "",
        choices=choices[1].split(",") if choices else [],
        repeatable=match["many"] is not None,
        required=match["required"] is not None,
        relation=match["relation"].strip(),
        text=text)


def _entries(lines):
    """Pairs of label and description; a description that has no room beside its label is on the next line."""
    entries = []
    for line in lines:
        if not line.strip():
            continue
        if line.startswith(" " * COLUMN):
            entries[-1][1].append(line.strip())
        elif len(line) <= COLUMN or LABEL.match(line):
            entries.append((line, []))
        else:
            entries.append((line[:COLUMN].rstrip(), [line[COLUMN:].strip()]))
    return [(label, " ".join(text)) for label, text in entries]


def parse(text):
    """The parts of one help text."""
    sections = {"": []}
    heading = ""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        known = line in ("Options:", "Positionals:", "Subcommands:") or line.startswith("Usage: ")
        if known:
            heading = line.split(":")[0]
            sections[heading] = [line]
        elif heading in ("Options", "Subcommands") and line and not line.startswith(" "):
            sections["footer"] = lines[i:]
            break
        else:
            sections[heading].append(line)
    options = [_option(*entry) for entry in _entries(sections.get("Options", [])[1:])]
    positionals = [_option(*entry) for entry in _entries(sections.get("Positionals", [])[1:])]
    commands = [(label.strip(), text) for label, text in _entries(sections.get("Subcommands", [])[1:])]
    return Help(
        usage=sections["Usage"][0].split(": ", 1)[1],
        description="\n".join(sections[""]).strip(),
        options=options, positionals=positionals, commands=commands,
        footer="\n".join(sections.get("footer", [])).strip())


def read(program, command=None):
    """The help of a program, or of one of its commands."""
    arguments = [program] + ([command] if command else []) + ["--help"]
    return parse(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)
