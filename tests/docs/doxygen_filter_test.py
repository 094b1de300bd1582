#!/usr/bin/env python3
"""deploy/site/doxygen_filter.py gives each declaration the right comment, and none to one that must have its own."""
import os
import sys

ROOT = os.environ.get("DIAPASON_SOURCE_DIR") or os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "deploy", "site"))
import doxygen_filter  # noqa: E402

NONE = doxygen_filter.INVISIBLE  # the comment of a declaration that needs none

CPP = """
// A cache.
#ifndef CACHE_H_
#define CACHE_H_

namespace diapason {

class Cache {
 public:
  explicit Cache(int64_t max_bytes) : max_bytes_(max_bytes) {}
  Cache(Store& store, const std::string& name);
  Cache(const Cache&) = delete;

  // Begin and end.
  void Begin();
  void End(int first,
           int second) {
    // A step.
    Step();
  }
  int Own();  // of its own

  bool empty() const { return size_ == 0; }
  std::string Text() const override;
  void Bare();

 private:
  int64_t max_bytes_;
};

// Some values. Written as `--values=<list>`, or --values.
struct Values {
  int64_t number = 0;
  int64_t arena_bytes = 0;
  const Cache* cache = nullptr;
  std::string name;
  int limit = 10'000;  // at most
};

enum class Bare { kFirst };

}  // namespace diapason
"""

C = """
/* A table.
 * It has rows. */
#ifdef __cplusplus
extern "C" {
#endif
/* One row. */
typedef struct row {
  const char* name;
  int size; /* in bytes */
} row;
"""

# What a line with these words is preceded by: its comment, or None.
EXPECTED = [
    (CPP, "class Cache {", "A cache."),
    (CPP, "explicit Cache(", NONE),
    (CPP, "Cache(Store& store", None),
    (CPP, "void Begin", "Begin and end."),
    (CPP, "void End", "Begin and end."),
    (CPP, "Step();", None),
    (CPP, "int Own", None),
    (CPP, "bool empty", NONE),
    (CPP, "Text() const override", NONE),
    (CPP, "void Bare", None),
    (CPP, "struct Values", "Some values. Written as `--values=<list>`, or \\--values."),
    (CPP, "int64_t number", None),
    (CPP, "int64_t arena_bytes", NONE),
    (CPP, "Cache* cache", None),
    (CPP, "string name;", NONE),
    (CPP, "enum class Bare", None),
    (C, "typedef struct row", "One row."),
    (C, "char* name", None),
]
# Lines with a trailing comment.
TRAILING = [
    (CPP, "int Own();  /**< of its own */"),
    (CPP, "int limit = 10'000;  /**< at most */"),
    (C, "int size;  /**< in bytes */"),
    (C, "/** \\file"),
]


def filtered(source):
    return list(doxygen_filter.Filter(source.strip("\n").split("\n")).lines())


def main():
    errors = []
    for source, words, expected in EXPECTED:
        lines = filtered(source)
        index = next(i for i, line in enumerate(lines) if words in line)
        before = lines[index - 1]
        found = before[len("/**"):-len(" */")].strip(" ") if before.startswith("/**") else None
        if found != expected:
            errors.append(f"{words!r} has the comment {found!r}, but should have {expected!r}")
    for source, words in TRAILING:
        if not any(words in line for line in filtered(source)):
            errors.append(f"{words!r} is missing")
    print("\n".join(errors) or "ok")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
