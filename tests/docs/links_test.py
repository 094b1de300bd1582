#!/usr/bin/env python3
"""Every link in the repository's Markdown files leads somewhere, and every path that they name exists.

Five checks, without network:
  links      The target of a relative link is a file or a folder of the repository, and no other form of link to a
             file is used ("/docs/..." works on no host, and outside of the repository nothing is ours to check).
  anchors    The heading behind '#' is there. It must have the same anchor at the hosting site and in the MkDocs site.
  paths      What stands in backticks and looks like a path of the repository exists: `compiler/graph/layout.h`,
             `layout_*`, `sqlite.{h,cc}`. Names in capitals and <names> stand for anything.
  excerpts   A fenced block behind <!-- from FILE --> is text of that file, but for its indentation. A line of three
             dots stands for lines that are left out.
  site       Every page is in the navigation of the documentation site.

A path may be given from the top of the repository, from the folder of the file that names it, or, as CTest names tests,
from tests/. Other text in fenced blocks is not checked.
"""
import fnmatch
import os
import re
import sys
import unicodedata

ROOT = os.environ.get("DIAPASON_SOURCE_DIR") or os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
SKIPPED_FOLDERS = {".git", "build", "__pycache__"}  # at the top
# A name with one of these endings, without a folder, must be that of some file of the repository.
SOURCE_ENDINGS = (".h", ".cc", ".c", ".td", ".proto")
# Files that are made when the project is built or used.
GENERATED = re.compile(r"(\.pb\.h|\.grpc\.pb\.h)$")

LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s+\".*\")?\s*$", re.M)
CODE = re.compile(r"(`+)(.+?)\1", re.S)
EXCERPT = re.compile(r"^ *<!-- from (\S+) -->\s*\n+ *(```+)[^\n]*\n(.*?)^ *\2 *$", re.M | re.S)
PATH = re.compile(r"^[\w.+*?{},<>-]+(/[\w.+*?{},<>-]+)*/?$")


def all_files():
    """Files and folders of the repository, relative to its top."""
    found = set()
    for folder, folders, files in os.walk(ROOT):
        if folder == ROOT:
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
        relative = os.path.relpath(folder, ROOT)
        for name in files + folders:
            found.add(os.path.normpath(os.path.join(relative, name)))
    return found


SITE = "deploy/site/mkdocs.yml"


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def without_fences(text):
    """The text with empty lines in place of fenced blocks, so that line numbers stay."""
    lines, fence = [], None
    for line in text.split("\n"):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if fence is None and mark:
            fence = mark.group(1)
            lines.append("")
        elif fence is not None:
            if mark and mark.group(1).startswith(fence) and line.strip() == mark.group(1):
                fence = None
            lines.append("")
        else:
            lines.append(line)
    return "\n".join(lines)


def plain(heading):
    """The words of a heading, without its Markdown."""
    heading = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"<[^>]+>", "", heading).replace("`", "").replace("**", "")


def hosting_slug(heading):
    return re.sub(r"[^\w\- ]", "", plain(heading).strip().lower()).replace(" ", "-")


def site_slug(heading):
    ascii_text = unicodedata.normalize("NFKD", plain(heading)).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_text).strip().lower())


def anchors(text):
    found = set(re.findall(r"<a\s+(?:id|name)=\"([^\"]+)\"", text))
    for heading in re.findall(r"^#{1,6}\s+(.+?)\s*#*$", without_fences(text), re.M):
        if hosting_slug(heading) == site_slug(heading):
            found.add(site_slug(heading))
    return found


def line_of(text, position):
    return text.count("\n", 0, position) + 1


class Checker:
    def __init__(self):
        self.files = all_files()
        self.names = {os.path.basename(path) for path in self.files}
        self.top = {path.split(os.sep)[0] for path in self.files}
        self.errors = []
        self.links = 0
        self.paths = 0
        self.excerpts = 0

    def check(self, page):
        for match in EXCERPT.finditer(read(page)):
            self.check_excerpt(page, line_of(read(page), match.start()), match.group(1), match.group(3))
        text = without_fences(read(page))
        no_code = CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)
        for pattern in (LINK, REFERENCE):
            for match in pattern.finditer(no_code):
                self.check_link(page, line_of(text, match.start()), match.group(1))
        for match in CODE.finditer(text):
            for token in match.group(2).split():
                self.check_path(page, line_of(text, match.start()), token)

    def fail(self, page, line, message):
        self.errors.append(f"{page}:{line}: {message}")

    def check_link(self, page, line, target):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            return
        self.links += 1
        path, _, anchor = target.partition("#")
        if path.startswith("/"):
            self.fail(page, line, f"the link {target} begins with '/'; write it relative to this file")
            return
        linked = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        if linked != "." and linked not in self.files:
            self.fail(page, line, f"the link {target} leads nowhere: there is no {linked}")
        elif anchor and linked.endswith(".md") and anchor not in anchors(read(linked)):
            self.fail(page, line, f"the link {target} leads nowhere: {linked} has no such heading")

    def check_excerpt(self, page, line, source, excerpt):
        self.excerpts += 1
        if source not in self.files:
            self.fail(page, line, f"an excerpt is from {source}, which does not exist")
            return
        whole = "\n" + "\n".join(text.strip() for text in read(source).split("\n")) + "\n"
        for part in re.split(r"^\s*\.\.\.\s*$", excerpt, flags=re.M):
            lines = [text.strip() for text in part.strip("\n").split("\n")]
            if "\n" + "\n".join(lines) + "\n" not in whole:
                self.fail(page, line, f"{source} does not contain the excerpt that begins with: {lines[0]}")

    def check_path(self, page, line, token):
        token = token.strip(",;:.()").split("#")[0]
        if not PATH.match(token) or GENERATED.search(token) or "..." in token:
            return
        if "/" in token:
            if not self.begins_in_repository(page, token):
                return
            self.paths += 1
            bases = ("", os.path.dirname(page), "tests")
            if not any(all(map(self.exists, self.expand(base, token))) for base in bases):
                self.fail(page, line, f"`{token}` does not exist")
        elif token.endswith(SOURCE_ENDINGS) and not re.search(r"[A-Z]{2}|[<*{]|^foo_|\d{4}", token):
            self.paths += 1
            if token not in self.names:
                self.fail(page, line, f"`{token}` is the name of no file of the repository")

    def begins_in_repository(self, page, token):
        """Whether the first word of the path is a folder, at the top or beside the page."""
        first = token.split("/")[0]
        beside = os.path.normpath(os.path.join(os.path.dirname(page), first))
        return any(os.path.isdir(os.path.join(ROOT, folder)) for folder in (first, beside)) and first != "build"

    def expand(self, base, token):
        """The patterns that a path stands for, one for each choice in its braces."""
        token = re.sub(r"<[^>]*>|0*[A-Z]{2,}[A-Z_]*(?=[./_]|$)|0+N(?=_)", "*", token.rstrip("/"))
        patterns = [os.path.normpath(os.path.join(base, token))]
        while match := re.search(r"\{([^{}]*)\}", patterns[0]):  # the same braces in each of them
            patterns = [pattern.replace(match.group(0), choice, 1) for pattern in patterns
                        for choice in match.group(1).split(",")]
        return patterns

    def exists(self, pattern):
        """Whether it is a file, a folder, a pattern of such, or a source without its ending."""
        if pattern in self.files:
            return True
        if "*" in pattern or "?" in pattern:
            return any(fnmatch.fnmatch(path, pattern) for path in self.files)
        return any(pattern + ending in self.files for ending in SOURCE_ENDINGS + (".cc.in", ".mlir", ".py"))


def main():
    checker = Checker()
    pages = sorted(path for path in checker.files if path.endswith(".md"))
    for page in pages:
        checker.check(page)
    listed = set(re.findall(r"\S+\.md\b", read(SITE))) if SITE in checker.files else set(pages)
    for page in pages:
        if page not in listed:
            checker.errors.append(f"{page}: is not in the navigation of the site; add it to {SITE}")
    for error in checker.errors:
        print(error)
    print(f"{len(pages)} pages, {checker.links} links, {checker.paths} paths, {checker.excerpts} excerpts: "
          f"{len(checker.errors)} errors")
    if not pages or not checker.paths:
        print("nothing was checked: is DIAPASON_SOURCE_DIR right?")
        return 1
    return 1 if checker.errors else 0


if __name__ == "__main__":
    sys.exit(main())
