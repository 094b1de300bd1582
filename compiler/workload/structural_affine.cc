#include "compiler/workload/structural_affine.h"

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace diapason::compiler::workload {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

// The value that a term is a multiple of. Atoms are ordered as the terms in a sum.
struct Atom {
  enum Kind { kDimension, kSymbol, kOther, kOne };
  Kind kind = kOne;
  unsigned number = 0;  // for kDimension and kSymbol
  std::string text;     // for kOther

  auto Key() const { return std::tie(kind, number, text); }
  bool operator<(const Atom& other) const { return Key() < other.Key(); }
};

// The factors of a sum's atoms. No factor is 0. Numbers wrap around, as in MLIR.
using Sum = std::map<Atom, int64_t>;

int64_t Times(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
}

int64_t Plus(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

void Add(const Sum& sum, int64_t factor, Sum& to) {
  for (const auto& [atom, value] : sum) {
    int64_t& total = to[atom];
    total = Plus(total, Times(factor, value));
    if (total == 0) to.erase(atom);
  }
}

bool IsConstant(const Sum& sum) {
  return sum.empty() || (sum.size() == 1 && sum.begin()->first.kind == Atom::kOne);
}

int64_t ConstantOf(const Sum& sum) { return sum.empty() ? 0 : sum.begin()->second; }

std::string TextOf(const Sum& sum) {
  std::vector<std::string> terms;
  for (const auto& [atom, factor] : sum) {
    const std::string name = atom.kind == Atom::kDimension ? absl::StrCat("d", atom.number)
                             : atom.kind == Atom::kSymbol  ? absl::StrCat("s", atom.number)
                                                           : atom.text;
    if (atom.kind == Atom::kOne) {
      terms.push_back(absl::StrCat(factor));
    } else {
      terms.push_back(factor == 1 ? name : absl::StrCat(factor, "*", name));
    }
  }
  return terms.empty() ? "0" : absl::StrJoin(terms, "+");
}

Sum SumOf(AffineExpr expression);

Sum AtomOf(absl::string_view function, const Sum& a, const Sum& b) {
  return {{Atom{Atom::kOther, 0, absl::StrCat(function, "(", TextOf(a), ",", TextOf(b), ")")}, 1}};
}

Sum ProductOf(const Sum& a, const Sum& b) {
  Sum product;
  if (IsConstant(b)) {
    Add(a, ConstantOf(b), product);
  } else if (IsConstant(a)) {
    Add(b, ConstantOf(a), product);
  } else {
    product = TextOf(a) <= TextOf(b) ? AtomOf("mul", a, b) : AtomOf("mul", b, a);
  }
  return product;
}

Sum SumOf(AffineExpr expression) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expression)) {
    return constant.getValue() == 0 ? Sum() : Sum{{Atom(), constant.getValue()}};
  }
  if (auto dimension = dyn_cast<AffineDimExpr>(expression)) {
    return {{Atom{Atom::kDimension, dimension.getPosition(), ""}, 1}};
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expression)) {
    return {{Atom{Atom::kSymbol, symbol.getPosition(), ""}, 1}};
  }
  const auto binary = cast<AffineBinaryOpExpr>(expression);
  Sum a = SumOf(binary.getLHS());
  const Sum b = SumOf(binary.getRHS());
  switch (expression.getKind()) {
    case AffineExprKind::Add:
      Add(b, 1, a);
      return a;
    case AffineExprKind::Mul:
      return ProductOf(a, b);
    case AffineExprKind::FloorDiv:
      return AtomOf("floordiv", a, b);
    case AffineExprKind::CeilDiv:
      return AtomOf("ceildiv", a, b);
    default:
      return AtomOf("mod", a, b);
  }
}

}  // namespace

std::string AffineText(AffineExpr expression) { return TextOf(SumOf(expression)); }

std::string AffineMapText(AffineMap map) {
  std::vector<std::string> results;
  for (AffineExpr result : map.getResults()) results.push_back(AffineText(result));
  return absl::StrCat("map(", map.getNumDims(), ",", map.getNumSymbols(), ")(", absl::StrJoin(results, ","),
                      ")");
}

std::string IntegerSetText(IntegerSet set) {
  std::vector<std::string> constraints;
  for (unsigned i = 0; i < set.getNumConstraints(); ++i) {
    constraints.push_back(absl::StrCat(AffineText(set.getConstraint(i)), set.isEq(i) ? "==0" : ">=0"));
  }
  return absl::StrCat("set(", set.getNumDims(), ",", set.getNumSymbols(), ")(",
                      absl::StrJoin(constraints, ","), ")");
}

}  // namespace diapason::compiler::workload
