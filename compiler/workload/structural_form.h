// The structural form of a workload: the text whose hash is the workload's id. It says what the function
// computes, in a format of our own, so that another version of MLIR, or another compiler, computes the same
// ids. The names of values, of the function and of its file, source locations, and the way in which MLIR
// prints or orders things are no part of it.
//
// Version 1, ASCII, each line ended by "\n". Brackets [ ] stand for "optional", | for "or", * for "any number
// of":
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
// - The function is the one in canonical form (workload.h). Its operations come in their order, the
//   terminator last. The `types` of an operation are those of its results, the `values` are its operands, the
//   `types` of a block those of its arguments. An operation's name has its dialect: "linalg.generic".
// - Values are numbered from 0 in the order in which they appear in the text: the function's arguments, then
//   the results of each operation, and the arguments of each block. An operation's results get their numbers
//   before its regions.
// - Attributes are those of MLIR's definition of the operation and those that a user put on it, sorted by the
//   bytes of their names. A name that has other characters than letters, digits, "_", "." and "$" is written
//   like a string. The attributes that count an operation's operands or results by groups are named
//   "operand_groups" and "result_groups". Flags of which none is set are left out.
// - Types: "f16", "bf16", "f32", "f64"; integers "i8", signed "si8", unsigned "ui8", of any width; "index";
//   tensors "f32[8,16]", the outermost extent first, "?" where it is dynamic, "f32[]" for rank 0; vectors
//   "vector(f32[8])"; "complex(f32)".
// - Attributes:
//     unit            "unit"
//     integer         "3:i64": decimal; signed, unless the type is unsigned or i1. Enumerations that MLIR
//                     keeps as integers, such as the predicate of arith.cmpf, are these integers
//     float           "f32:0x3f800000": the bits, all digits
//     string          "\"text\"": bytes outside of 0x20 to 0x7e, the quote and the backslash are "\" and two
//                     digits
//     type            "type(f32)"
//     array           "[" attributes separated by "," "]"
//     dictionary      as `attributes` above
//     symbol          "@\"root\"@\"leaf\"..."
//     dense array     "array(i64:0,1)": integers, or bits of floats
//     dense elements  "dense(f32[2,2]:0x3f800000,...)": in row-major order; only one if all have the same
//                     bits
//     affine map      "map(3,0)(d0,2*d1+d2)": the numbers of dimensions and of symbols, and the results
//     integer set     "set(1,1)(d0>=0,d0+-1*s0==0)"
//     iterator type   "parallel", "reduction", "window"
//     flags           "flags(nsz,contract)": of fast math, in the order reassoc, nnan, ninf, nsz, arcp,
//                     contract, afn; of integer overflow, nsw, nuw
//     rounding mode   its name, such as "to_nearest_even"
// - An affine expression is a sum of terms, "0" if there is none. A term is a factor and an atom, "2*d1", or
//   the atom if the factor is 1; the constant term is the number alone. Equal atoms are one term; terms with
//   the factor 0 are left out. Atoms are "d0" (dimension), "s0" (symbol), "floordiv(a,b)", "ceildiv(a,b)",
//   "mod(a,b)" and, of two expressions that are both no constants, "mul(a,b)". Terms are sorted: dimensions
//   by number, symbols by number, other atoms by their bytes, the constant last.
//
// The form without sizes is the same text with "diapason-structure-1" in its first line and "?" for every
// extent of a tensor or vector type. Its hash is the workload's structure id.
#ifndef DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_FORM_H_
#define DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_FORM_H_

#include <string>

#include "compiler/workload/structural_attributes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace diapason::compiler::workload {

// Writes the form of a function in canonical form. Failure: a type or an attribute in it is of a kind that
// the form does not have; the context's diagnostics name it.
mlir::FailureOr<std::string> StructuralForm(mlir::func::FuncOp func, Sizes sizes);

}  // namespace diapason::compiler::workload

#endif  // DIAPASON_COMPILER_WORKLOAD_STRUCTURAL_FORM_H_
