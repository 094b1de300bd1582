// The structural form of a workload is a text whose hash is the workload's id. It describes what the
// function computes, in a format of our own, so that another version of MLIR, or another compiler, computes
// the same ids. It does not contain the names of values, of the function and of its file, or source
// locations, and it does not depend on how MLIR prints or orders things.
//
// This is version 1. The text is ASCII, and each line ends with "\n". In the grammar, [ ] means "optional",
// | means "or", and * means "any number of":
//
//   form       = "diapason-workload-1\n" argument* operation*
//   argument   = "argument " type attributes "\n"
//   operation  = "operation " name values attributes types "\n" region*
//   region     = "region\n" block* "end\n"
//   block      = "block " types "\n" operation*
//   values     = "(" [number ("," number)*] ")"
//   types      = "(" [type ("," type)*] ")"
//   attributes = "{" [name "=" attribute ("," name "=" attribute)*] "}"
//
// - The function is in canonical form (workload.h). Its operations have their order in the function, with
//   the terminator last. The `types` of an operation are those of its results, and its `values` are its
//   operands. The `types` of a block are those of its arguments. An operation's name includes its dialect:
//   "linalg.generic".
// - Values are numbered from 0 in the order in which they appear in the text: the function's arguments,
//   then the results of each operation, and the arguments of each block. An operation's results are
//   numbered before its regions.
// - Attributes are those of MLIR's definition of the operation and those that a user has added, sorted by the
//   bytes of their names. A name that has characters other than letters, digits, "_", "." and "$" is written
//   like a string. The attributes that count an operation's operands or results by groups are named
//   "operand_groups" and "result_groups". Attributes for flags are left out if no flag is set.
// - Types: "f16", "bf16", "f32", "f64"; integers "i8", signed "si8", unsigned "ui8", of any width; "index";
//   tensors "f32[8,16]", with the outermost extent first, "?" for a dynamic extent, and "f32[]" for rank 0;
//   vectors "vector(f32[8])"; "complex(f32)".
// - Attributes:
//     unit            "unit"
//     integer         "3:i64": decimal; signed, unless the type is unsigned or i1. Enumerations that MLIR
//                     keeps as integers, such as the predicate of arith.cmpf, are these integers
//     float           "f32:0x3f800000": the bits, all digits
//     string          "\"text\"": bytes outside of 0x20 to 0x7e, the quote and the backslash are written as
//                     "\" and two hexadecimal digits
//     type            "type(f32)"
//     array           "[" attributes separated by "," "]"
//     dictionary      as `attributes` above
//     symbol          "@\"root\"@\"leaf\"..."
//     dense array     "array(i64:0,1)": integers, or bits of floats
//     dense elements  "dense(f32[2,2]:0x3f800000,...)": in row-major order; only one element if all have the
//                     same bits
//     affine map      "map(3,0)(d0,2*d1+d2)": the numbers of dimensions and of symbols, and the results
//     integer set     "set(1,1)(d0>=0,d0+-1*s0==0)"
//     iterator type   "parallel", "reduction", "window"
//     flags           "flags(nsz,contract)": of fast math, in the order reassoc, nnan, ninf, nsz, arcp,
//                     contract, afn; of integer overflow, nsw, nuw
//     rounding mode   its name, such as "to_nearest_even"
// - An affine expression is a sum of terms, or "0" if there are none. A term is a factor and an atom,
//   "2*d1", or only the atom if the factor is 1. The constant term is only the number. Terms with equal
//   atoms are added, and terms with the factor 0 are left out. Atoms are "d0" (dimension), "s0" (symbol),
//   "floordiv(a,b)", "ceildiv(a,b)", "mod(a,b)", and "mul(a,b)" if neither a nor b is a constant. Terms are
//   sorted: first dimensions by number, then symbols by number, then other atoms by their bytes, and the
//   constant last.
//
// The form without sizes is the same text with "diapason-structure-1" in its first line, and with "?" for
// every extent of a tensor or vector type. It leaves out the attribute diapason.strict (argument_attrs.h),
// because it is for finding schedules that may serve another workload, too. Its hash is the workload's
// structure id.
#ifndef DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_FORM_H_
#define DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_FORM_H_

#include <string>

#include "compiler/workload/structural_attributes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace diapason::compiler::workload {

// Returns the structural form of a function in canonical form. Fails if the function has a type or an
// attribute that the form does not support; the context's diagnostics name it.
mlir::FailureOr<std::string> StructuralForm(mlir::func::FuncOp func, Sizes sizes);

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_FORM_H_
