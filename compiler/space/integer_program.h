// Straight-line programs on 64-bit integers: what constraints, derived parameters and loop extents become. A
// program reads and writes numbered slots; it has no jumps. Arithmetic wraps; div and mod are SMT-LIB's (the
// remainder is never negative), with x div 0 = x mod 0 = 0, which SMT-LIB leaves open.
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
  kAbs,   // of a
  kLess,  // comparisons and logic give 0 or 1; any value but 0 is true
  kLessEqual,
  kEqual,
  kAnd,
  kOr,
  kXor,
  kNot,             // of a
  kIfThenElse,      // a ? b : c
  kLargestDivisor,  // of a, at most b
};

struct Instruction {
  Opcode op;
  int dst;
  int a;
  int b = 0;
  int c = 0;
};

inline int64_t EuclideanDiv(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return static_cast<int64_t>(-static_cast<uint64_t>(a));  // the one quotient that overflows
  const int64_t q = a / b;
  return a % b < 0 ? (b > 0 ? q - 1 : q + 1) : q;
}

inline int64_t EuclideanMod(int64_t a, int64_t b) {
  if (b == 0 || b == -1) return 0;
  const int64_t r = a % b;
  return r < 0 ? (b > 0 ? r + b : r - b) : r;
}

// The largest divisor of `a` that is at most `most`, or 0 if `most` is less than 1. It tries `most` divisors,
// so whoever builds a program bounds `most`.
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
