// The workloads without products: chains of elementwise operations, reductions of rows, and gathers.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "tests/testing/workload_parts.h"
#include "tests/testing/workloads.h"

namespace diapason::testing {

std::string SoftmaxWorkload(const Rows& r) {
  const std::string full = Tensor({r.rows, r.columns}), row = Tensor({r.rows});
  const std::string all = Map("r, c", "r, c"), by_row = Map("r, c", "r");
  std::string body = absl::StrCat(
      Constant("%zero", "0.0"), Constant("%lowest", "-3.40282347E+38"),
      Fill("%max0", "%lowest", row, "r", "p"),
      Generic("%max", "pr", {{"%arg0", all, full}}, {"%max0", by_row, row},
              absl::StrCat("      %s = arith.maximumf %o, %i0 fastmath<contract> : f32\n", Yield("%s"))),
      Empty("%e", full),
      Generic("%exp", "pp", {{"%arg0", all, full}, {"%max", by_row, row}}, {"%e", all, full},
              absl::StrCat("      %d = arith.subf %i0, %i1 fastmath<contract> : f32\n"
                           "      %x = math.exp %d fastmath<contract> : f32\n",
                           Yield("%x"))),
      Fill("%sum0", "%zero", row, "r", "p"),
      Generic("%sum", "pr", {{"%exp", all, full}}, {"%sum0", by_row, row},
              absl::StrCat("      %s = arith.addf %o, %i0 fastmath<contract> : f32\n", Yield("%s"))),
      Generic("%out", "pp", {{"%exp", all, full}, {"%sum", by_row, row}}, {"%arg1", all, full},
              absl::StrCat("      %q = arith.divf %i0, %i1 fastmath<contract> : f32\n", Yield("%q"))));
  return Function({full, full}, full, body);
}

std::string LayerNormWorkload(const Rows& r) {
  const std::string full = Tensor({r.rows, r.columns}), row = Tensor({r.rows}), column = Tensor({r.columns});
  const std::string all = Map("r, c", "r, c"), by_row = Map("r, c", "r"), by_column = Map("r, c", "c");
  const std::string accumulate =
      absl::StrCat("      %s = arith.addf %o, %i0 fastmath<contract> : f32\n", Yield("%s"));
  std::string body = absl::StrCat(
      Constant("%zero", "0.0"),
      Constant("%share", absl::StrFormat("%.9e", 1.0 / static_cast<double>(r.columns))),
      Constant("%epsilon", "1.000000e-05"), Fill("%sum0", "%zero", row, "r", "p"),
      Generic("%sum", "pr", {{"%arg0", all, full}}, {"%sum0", by_row, row}, accumulate), Empty("%e", full),
      Generic("%centred", "pp", {{"%arg0", all, full}, {"%sum", by_row, row}}, {"%e", all, full},
              absl::StrCat("      %m = arith.mulf %i1, %share fastmath<contract> : f32\n"
                           "      %d = arith.subf %i0, %m fastmath<contract> : f32\n",
                           Yield("%d"))),
      Fill("%square0", "%zero", row, "r", "p"),
      Generic("%squares", "pr", {{"%centred", all, full}}, {"%square0", by_row, row},
              absl::StrCat("      %q = arith.mulf %i0, %i0 fastmath<contract> : f32\n"
                           "      %s = arith.addf %o, %q fastmath<contract> : f32\n",
                           Yield("%s"))),
      Generic("%out", "pp",
              {{"%centred", all, full},
               {"%squares", by_row, row},
               {"%arg1", by_column, column},
               {"%arg2", by_column, column}},
              {"%arg3", all, full},
              absl::StrCat("      %v = arith.mulf %i1, %share fastmath<contract> : f32\n"
                           "      %w = arith.addf %v, %epsilon fastmath<contract> : f32\n"
                           "      %root = math.sqrt %w fastmath<contract> : f32\n"
                           "      %n = arith.divf %i0, %root fastmath<contract> : f32\n"
                           "      %g = arith.mulf %n, %i2 fastmath<contract> : f32\n"
                           "      %r = arith.addf %g, %i3 fastmath<contract> : f32\n",
                           Yield("%r"))));
  return Function({full, absl::StrCat(column, " {diapason.constant}"),
                   absl::StrCat(column, " {diapason.constant}"), full},
                  full, body);
}

std::string ElementwiseWorkload(const Rows& r) {
  const std::string full = Tensor({r.rows, r.columns}), column = Tensor({r.columns});
  const std::string all = Map("r, c", "r, c");
  std::string body = absl::StrCat(
      Constant("%zero", "0.0"),
      Generic("%out", "pp", {{"%arg0", all, full}, {"%arg1", all, full}, {"%arg2", Map("r, c", "c"), column}},
              {"%arg3", all, full},
              absl::StrCat("      %m = arith.mulf %i1, %i2 fastmath<contract> : f32\n"
                           "      %s = arith.addf %i0, %m fastmath<contract> : f32\n"
                           "      %r = arith.maximumf %s, %zero fastmath<contract> : f32\n",
                           Yield("%r"))));
  return Function({full, full, absl::StrCat(column, " {diapason.constant}"), full}, full, body);
}

std::string ChainWorkload(const Chain& c) {
  const auto loop = [](int64_t number) { return absl::StrCat("d", number); };
  std::vector<std::string> loops, arguments;
  for (size_t d = 0; d < c.shape.size(); ++d) loops.push_back(loop(static_cast<int64_t>(d)));
  const std::string dims = absl::StrJoin(loops, ", "), out = Tensor(c.shape, c.type);
  std::vector<Operand> operands;
  std::string body, value = "%i0";
  for (const std::vector<int64_t>& axes : c.inputs) {
    Shape shape;
    std::vector<std::string> indices;
    for (int64_t axis : axes) {
      shape.push_back(c.shape[axis]);
      indices.push_back(loop(axis));
    }
    const std::string number = absl::StrCat(operands.size()), next = absl::StrCat("%v", number);
    arguments.push_back(Tensor(shape, c.type));
    operands.push_back({"%arg" + number, Map(dims, absl::StrJoin(indices, ", ")), arguments.back()});
    if (operands.size() == 1) continue;
    const absl::string_view op = c.type != "f32"            ? "arith.addi"
                                 : operands.size() % 2 == 0 ? "arith.mulf"
                                                            : "arith.addf";
    absl::StrAppend(&body, "      ", next, " = ", op, " ", value, ", %i", number, " : ", c.type, "\n");
    value = next;
  }
  if (c.type == "f32" && operands.size() > 1) {
    absl::StrAppend(&body, "      %relu = arith.maximumf ", value, ", %zero : f32\n");
    value = "%relu";
  }
  const Operand result = {absl::StrCat("%arg", operands.size()), Map(dims, dims), out};
  arguments.push_back(out);
  return Function(
      arguments, out,
      absl::StrCat(Constant("%zero", "0.0"), Generic("%out", std::string(loops.size(), 'p'), operands, result,
                                                     absl::StrCat(body, Yield(value, c.type)), c.type)));
}

std::string TransposeWorkload(const Rows& r) {
  const std::string in = Tensor({r.rows, r.columns}), out = Tensor({r.columns, r.rows});
  return Function({in, out}, out,
                  Generic("%out", "pp", {{"%arg0", Map("c, r", "r, c"), in}},
                          {"%arg1", Map("c, r", "c, r"), out}, kIdentityBody));
}

std::string GatherWorkload(const Gather& g) {
  const std::string indices = Tensor({g.count}, "i64"), table = Tensor({g.table.rows, g.table.columns}),
                    out = Tensor({g.count, g.table.columns});
  std::string body =
      Generic("%out", "pp", {{"%arg0", Map("i, c", "i"), indices}}, {"%arg2", Map("i, c", "i, c"), out},
              absl::StrCat("      %row = arith.index_cast %i0 : i64 to index\n"
                           "      %column = linalg.index 1 : index\n"
                           "      %v = tensor.extract %arg1[%row, %column] : ",
                           table, "\n", Yield("%v")));
  return Function({absl::StrCat(indices, " {diapason.bound = ", g.table.rows, " : i64}"),
                   absl::StrCat(table, " {diapason.constant}"), out},
                  out, body);
}

}  // namespace diapason::testing
