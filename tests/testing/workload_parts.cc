#include "tests/testing/workload_parts.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace diapason::testing {

std::string Tensor(const Shape& shape, absl::string_view element) {
  return absl::StrCat("tensor<", absl::StrJoin(shape, "x"), shape.empty() ? "" : "x", element, ">");
}

std::string Map(absl::string_view dims, absl::string_view results) {
  return absl::StrCat("affine_map<(", dims, ") -> (", results, ")>");
}

std::string ZeroBorder(const Shape& padding) {
  std::vector<std::string> ends;
  bool any = false;
  for (int64_t p : padding) {
    ends.push_back(absl::StrCat(p, ", ", p));
    any |= p > 0;
  }
  return any ? absl::StrCat(" {diapason.zero = array<i64: ", absl::StrJoin(ends, ", "), ">}") : "";
}

std::string Generic(absl::string_view result, absl::string_view iterators, const std::vector<Operand>& inputs,
                    const Operand& output, absl::string_view body, absl::string_view element) {
  std::vector<std::string> maps, values, types, arguments, kinds;
  for (const Operand& in : inputs) {
    arguments.push_back(
        absl::StrCat("%i", values.size(), ": ", in.type.substr(in.type.find_last_of("x<") + 1)));
    arguments.back().pop_back();  // the tensor's closing bracket
    maps.push_back(in.map);
    values.push_back(in.value);
    types.push_back(in.type);
  }
  maps.push_back(output.map);
  arguments.push_back(absl::StrCat("%o: ", element));
  for (char c : iterators) kinds.push_back(c == 'p' ? "\"parallel\"" : "\"reduction\"");
  std::string ins = values.empty() ? ""
                                   : absl::StrCat(" ins(", absl::StrJoin(values, ", "), " : ",
                                                  absl::StrJoin(types, ", "), ")");
  return absl::StrCat("    ", result, " = linalg.generic {indexing_maps = [", absl::StrJoin(maps, ", "),
                      "], iterator_types = [", absl::StrJoin(kinds, ", "), "]}", ins, " outs(", output.value,
                      " : ", output.type, ") {\n    ^bb0(", absl::StrJoin(arguments, ", "), "):\n", body,
                      "    } -> ", output.type, "\n");
}

std::string Yield(absl::string_view value, absl::string_view element) {
  return absl::StrCat("      linalg.yield ", value, " : ", element, "\n");
}

std::string EpilogueBody(Epilogue epilogue) {
  switch (epilogue) {
    case Epilogue::kIdentity:
      return std::string(kIdentityBody);
    case Epilogue::kRelu:
      return absl::StrCat("      %r = arith.maximumf %i0, %zero fastmath<contract> : f32\n", Yield("%r"));
    case Epilogue::kResidualRelu:
      return absl::StrCat(
          "      %a = arith.addf %i0, %o fastmath<contract> : f32\n"
          "      %r = arith.maximumf %a, %zero fastmath<contract> : f32\n",
          Yield("%r"));
  }
  return "";
}

std::string Function(const std::vector<std::string>& arguments, const std::string& result,
                     absl::string_view body) {
  std::vector<std::string> named;
  for (const std::string& argument : arguments)
    named.push_back(absl::StrCat("%arg", named.size(), ": ", argument));
  return absl::StrCat("func.func @workload(", absl::StrJoin(named, ", "), ") -> ", result, " {\n", body,
                      "    return %out : ", result, "\n}\n");
}

std::string Constant(absl::string_view name, absl::string_view value) {
  return absl::StrCat("    ", name, " = arith.constant ", value, " : f32\n");
}

std::string Empty(absl::string_view name, const std::string& type) {
  return absl::StrCat("    ", name, " = tensor.empty() : ", type, "\n");
}

std::string Fill(absl::string_view name, absl::string_view start, const std::string& type,
                 absl::string_view dims, absl::string_view iterators) {
  std::string empty = absl::StrCat(name, "_e");
  return absl::StrCat(Empty(empty, type),
                      Generic(name, iterators, {}, {empty, Map(dims, dims), type}, Yield(start)));
}

std::string StartFromBias(const std::string& bias_type, const std::string& type, absl::string_view dims,
                          absl::string_view bias_dim, absl::string_view iterators) {
  return absl::StrCat(Empty("%e", type),
                      Generic("%init", iterators, {{"%arg2", Map(dims, bias_dim), bias_type}},
                              {"%e", Map(dims, dims), type}, kIdentityBody));
}

std::string Strided(absl::string_view dim, int64_t stride, absl::string_view window) {
  return stride == 1 ? absl::StrCat(dim, " + ", window) : absl::StrCat(dim, " * ", stride, " + ", window);
}

}  // namespace diapason::testing
