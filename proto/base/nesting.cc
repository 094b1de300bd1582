#include "proto/base/nesting.h"

#include <algorithm>
#include <cstddef>

namespace diapason {

int NestingDepth(absl::string_view text) {
  int depth = 0, most = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\';
        break;
      case '/':
        if (text.substr(i, 2) == "//") i = std::min(text.find('\n', i), text.size());
        break;
      case '(':
      case '[':
      case '{':
      case '<':
        most = std::max(most, ++depth);
        break;
      case '>':
        if (i > 0 && text[i - 1] == '-') break;
        [[fallthrough]];
      case ')':
      case ']':
      case '}':
        depth = std::max(depth - 1, 0);
        break;
      default:
        break;
    }
  }
  return most;
}

}  // namespace diapason
