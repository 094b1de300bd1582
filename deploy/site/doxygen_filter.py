#!/usr/bin/env python3
"""Doxygen's INPUT_FILTER: makes the project's comments those that Doxygen reads.

    // What a thing is.            ->  /** What a thing is. */
    int size;  // in bytes             int size;  /**< in bytes */

The comments of C headers have the form /* ... */ and are treated in the same way. Indented lines behind an empty line or
behind a colon are an example, and shown as they are. What Doxygen would take for commands or for HTML is escaped.

The first comment of a file, which stands before its include guard, is the file's. It is also the comment of the one class
or struct of the file that has none of its own. A comment in front of several declarations that stand directly below one
another is the comment of each of them that has none of its own.

needs_no_comment says which declarations may do without. They get an invisible one, so that Doxygen reports only the others.
"""
import re
import sys

CODE_INDENT = 3
INVISIBLE = "\u200b"
ALONE = re.compile(r"^(\s*)//(?!/)(.*)$")
BLOCK_BEGIN = re.compile(r"^\s*/\*(?!\*)")
CODE = r"(?P<code>(?:[^\"']|(?<=\d)'(?=\d)|\"[^\"]*\")*?"
TRAILING = re.compile(r"^" + CODE + r"[;,{}(]) *// (?P<text>.*)$")
TRAILING_BLOCK = re.compile(r"^" + CODE + r"\S) */\* (?P<text>.*?) *\*/$")
CODE_SPAN = re.compile(r"(`[^`]*`)")
TYPE = re.compile(r"(template <.*> |typedef )?(?P<kind>class|struct|union|enum class|enum) "
                  r"(ABSL_\w+ )?(?P<name>\w+ )?(final )?(: .*)?\{$")
SCOPE = re.compile(r"(inline )?namespace\b|extern \"C\" \{$")

# What may do without a comment.
OPERATOR = re.compile(r"\boperator\b|\bAbslHashValue\(|^~|^virtual ~|= (delete|default);$")
OVERRIDE = re.compile(r"\)( const)?( override| final)+( \{.*\}|;|$)")
ACCESSOR = re.compile(r"[^(]*\b[a-z]\w*\(\) const (ABSL_\w+\(.*\) )?\{ return [^;]*; \}$")
BORROWED = re.compile(r"(?!const )[^&*]*(\*|[^&]& )|const .*\*")
FIELD = re.compile(r"(?P<type>[\w:<>, *&]+?)[ ](?P<name>\w+)( = .*|\{.*\})?;$")
NUMBER = re.compile(r"\b(u?int(\d+_t)?|long|size_t|double|float)$|\*")
UNIT = re.compile(r"_(us|ms|seconds|bytes)$")


def without_ends(text):
    """The text without the marks of block comments, as in "sketches/*.mlir": an invisible space takes them apart."""
    return text.replace("/*", "/" + INVISIBLE + "*").replace("*/", "*" + INVISIBLE + "/")


def escaped(text):
    """The text with nothing in it that means something to Doxygen, but for Markdown."""
    parts = CODE_SPAN.split(without_ends(text))
    special = re.compile(r"([\\@<>&#%$]|(?<!-)--(?!-))")
    return "".join(part if part.startswith("`") else special.sub(r"\\\1", part) for part in parts)


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


def block(comment):
    """The lines of a comment as a documentation block; none for an empty comment."""
    lines = documented(comment)
    if not lines:
        return []
    lines[0] = "/**" + lines[0]
    lines[-1] += " */"
    return lines


def needs_no_comment(declaration, owner):
    """True if name and type tell a reader of C++ what there is to know:
    - operators, destructors, and functions that override another one;
    - accessors: they take nothing, are lower case, const, and return something in one line;
    - constructors that take no pointer and no reference to what they could change, so that nothing must outlive them;
    - fields, unless they are numbers (which unit?) or pointers (who owns it?); a number's name may end with its unit."""
    if OPERATOR.search(declaration) or OVERRIDE.search(declaration) or ACCESSOR.match(declaration):
        return True
    if re.match(r"(explicit |constexpr )*" + owner + r"\(", declaration):
        parameters = declaration.split(" : ")[0].split("(", 1)[1].split(", ")
        return not any(BORROWED.match(parameter) for parameter in parameters)
    field = FIELD.match(declaration)
    if not field or re.match(r"(using|typedef|static|friend)\b", declaration):
        return False
    return not NUMBER.search(field["type"]) or bool(UNIT.search(field["name"]))


def parts(source):
    """Yields (comment, None) for a comment that stands alone, as its lines, and (None, line) for any other line."""
    comment, in_block = [], False
    for line in source:
        alone = ALONE.match(line)
        if in_block or BLOCK_BEGIN.match(line):
            text = re.sub(r"^ *(\* ?(?!/))?" if in_block else r"^ */\*", " " if in_block else "", line)
            in_block = "*/" not in text
            comment.append(text.split("*/")[0].rstrip())
        elif alone:
            comment.append(alone.group(2))
        else:
            if comment:
                yield comment, None
            comment = []
            yield None, line


def without_trailing(line):
    """A line of code without its trailing comment; and that comment's text, or None."""
    trailing = TRAILING.match(line) or TRAILING_BLOCK.match(line)
    if trailing and not re.match(r" *[#}]", line):
        return trailing["code"].rstrip(), trailing["text"]
    return line.rstrip(), None


class Filter:
    """Goes through a header. It is formatted by clang-format: indentation says where declarations and bodies end."""

    def __init__(self, source):
        self.parts = list(parts(source))
        self.is_c = any(line == "#ifdef __cplusplus" for _, line in self.parts)
        starts = [index for index, (_, line) in enumerate(self.parts)
                  if line and re.match(r"(template|class|struct)\b", line) and TYPE.match(self.declaration(index)[0])]
        bare = [index for index in starts if not self.parts[index - 1][0] and index - 1 not in starts]
        self.described_by_file = bare[0] if len(bare) == 1 else None
        self.types = []  # the types around a line: (indentation, kind, name)
        self.shared = None  # the comment of the group that a declaration belongs to, and its indentation

    def declaration(self, index):
        """The text of the declaration that begins at a part; and whether it has a trailing comment."""
        words, trailing = [], False
        for comment, line in self.parts[index:]:
            code, text = without_trailing(line or "")
            words.append(code.strip())
            trailing = trailing or bool(text)
            if comment or re.search(r"[;{}]$", words[-1]) or not words[-1]:
                break
        return " ".join(words), trailing

    def comment_of(self, index, indent):
        """The comment for a declaration that has none in front of it, or None."""
        if index == self.described_by_file:
            return self.parts[0][0]
        declaration, trailing = self.declaration(index)
        if trailing or SCOPE.match(declaration) or TYPE.match(declaration):
            return None
        if self.shared and self.shared[1] == indent and not OPERATOR.search(declaration):
            return self.shared[0]
        exempt = self.types and not self.is_c and needs_no_comment(declaration, self.types[-1][2])
        return [INVISIBLE] if exempt else None

    def lines(self):
        pending = None  # the comment in front of the line
        body = None  # the indentation of the function or initialiser in whose body the line is
        macro = False  # whether the line continues a macro
        complete = True  # whether the line before was the last one of a declaration
        begin = 0  # the index of the current declaration's first line
        for index, (comment, line) in enumerate(self.parts):
            if comment:
                pending, complete = comment, True
                if body is None:
                    lines = block(comment)
                    yield from (["/** \\file", lines[0][len("/**"):]] + lines[1:] if index == 0 else lines)
                continue
            code, text = without_trailing(line)
            words = code.strip()
            indent = len(code) - len(words)
            if body is not None or macro:
                macro = macro and words.endswith("\\")
                complete = not macro
                body = None if indent == body and words.startswith("}") else body
                yield line
                continue
            if not words or re.match(r"\}|#(?!define)|(public|private|protected):", words):
                while self.types and words.startswith("}") and self.types[-1][0] >= indent:
                    self.types.pop()
                self.shared, pending, complete = None, None, True
                yield line
                continue
            if complete:
                begin = index
                if pending:
                    self.shared = (pending, indent)
                else:
                    yield from block(self.comment_of(index, indent) or [])
            pending = None
            if words.startswith("#"):
                macro = words.endswith("\\")
            elif words.endswith("{"):
                declaration = self.declaration(begin)[0]
                kind = TYPE.match(declaration)
                first = self.parts[begin][1]
                indent = len(first) - len(first.lstrip())
                if kind:
                    self.types.append((indent, kind["kind"], (kind["name"] or "").strip()))
                    self.shared = None
                elif not SCOPE.match(declaration):
                    body = indent
            in_enum = self.types and self.types[-1][1].startswith("enum")
            complete = words.startswith("#") or bool(re.search(r"[;{},]$" if in_enum else r"[;{}]$", words))
            yield line if text is None else f"{code}  /**< {escaped(text)} */"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as header:
        print("\n".join(Filter(header.read().split("\n")).lines()))
