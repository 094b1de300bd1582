// Straight-line programs on 64-bit integers. Constraints, derived parameters and loop extents are compiled
// to them. A program reads and writes numbered slots and has no jumps. Arithmetic wraps around. Division
// and modulo are those of SMT-LIB, where the remainder is never negative. Division by zero gives 0 for
// both, which SMT-LIB leaves undefined.
#ifndef DIAPASON_COMPILER_SPACE_INTEGER_PROGRAM_H_
#define DIAPASON_COMPILER_SPACE_INTEGER_PROGRAM_H_

#include <algorithm>
#include <cstdint>

namespace diapason::compiler::space {

enum class Opcode : uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kMin,
  kAbs,   // uses a only
  kLess,  // comparisons and logic give 0 or 1; every value except 0 is true
  kLessEqual,
  kEqual,
  kAnd,
  kOr,
  kXor,
  kNot,             // uses a only
  kIfThenElse,      // a ? b : c
  kLargestDivisor,  // the largest divisor of a that is at most b
};

// Writes to slot `dst` the result of `op` on the slots `a`, `b` and `c`.
struct Instruction {
  Opcode op;
  int dst;
  int a;
  int b = 0;
  int c = 0;
};

inline int64_t EuclideanDiv(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return static_cast<int64_t>(-static_cast<uint64_t>(a));  // the only quotient that can overflow
  const int64_t q = a / b;
  return a % b < 0 ? (b > 0 ? q - 1 : q + 1) : q;
}

inline int64_t EuclideanMod(int64_t a, int64_t b) {
  if (b == 0 || b == -1) return 0;
  const int64_t r = a % b;
  return r < 0 ? (b > 0 ? r + b : r - b) : r;
}

// Returns the largest divisor of `a` that is at most `most`, or 0 if `most` is less than 1. It tries up to
// `most` divisors, so the code that builds a program must limit `most`.
inline int64_t LargestDivisor(int64_t a, int64_t most) {
  for (int64_t divisor = most; divisor > 0; --divisor) {
    if (a % divisor == 0) return divisor;
  }
  return 0;
}

inline void Execute(const Instruction& i, int64_t* slots) {
  const int64_t a = slots[i.a], b = slots[i.b];
  auto wrap = [](uint64_t x) { return static_cast<int64_t>(x); };
  const auto ua = static_cast<uint64_t>(a), ub = static_cast<uint64_t>(b);
  int64_t& dst = slots[i.dst];
  switch (i.op) {
    case Opcode::kAdd:
      dst = wrap(ua + ub);
      break;
    case Opcode::kSub:
      dst = wrap(ua - ub);
      break;
    case Opcode::kMul:
      dst = wrap(ua * ub);
      break;
    case Opcode::kDiv:
      dst = EuclideanDiv(a, b);
      break;
    case Opcode::kMod:
      dst = EuclideanMod(a, b);
      break;
    case Opcode::kMin:
      dst = std::min(a, b);
      break;
    case Opcode::kAbs:
      dst = a < 0 ? wrap(-ua) : a;
      break;
    case Opcode::kLess:
      dst = a < b;
      break;
    case Opcode::kLessEqual:
      dst = a <= b;
      break;
    case Opcode::kEqual:
      dst = a == b;
      break;
    case Opcode::kAnd:
      dst = a && b;
      break;
    case Opcode::kOr:
      dst = a || b;
      break;
    case Opcode::kXor:
      dst = !a != !b;
      break;
    case Opcode::kNot:
      dst = !a;
      break;
    case Opcode::kIfThenElse:
      dst = a ? b : slots[i.c];
      break;
    case Opcode::kLargestDivisor:
      dst = LargestDivisor(a, b);
      break;
  }
}

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_INTEGER_PROGRAM_H_
