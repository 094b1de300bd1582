#include "tests/compiler/codegen/interpreter.h"

#include <cmath>
#include <functional>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "compiler/workload/canonical_form.h"
#include "llvm/ADT/DenseMap.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Parser/Parser.h"

namespace diapason::compiler::codegen {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

using Unary = double (*)(double);
using Binary = double (*)(double, double);

const std::map<std::string, Unary>& Unaries() {
  static const auto& table = *new std::map<std::string, Unary>{
      {"arith.negf", [](double a) { return -a; }},
      {"math.exp", std::exp},
      {"math.exp2", std::exp2},
      {"math.erf", std::erf},
      {"math.tanh", std::tanh},
      {"math.sqrt", std::sqrt},
      {"math.absf", std::fabs},
      {"math.log", std::log},
      {"math.floor", std::floor},
      {"math.rsqrt", [](double a) { return 1 / std::sqrt(a); }},
  };
  return table;
}

const std::map<std::string, Binary>& Binaries() {
  static const auto& table = *new std::map<std::string, Binary>{
      {"arith.addf", [](double a, double b) { return a + b; }},
      {"arith.subf", [](double a, double b) { return a - b; }},
      {"arith.mulf", [](double a, double b) { return a * b; }},
      {"arith.divf", [](double a, double b) { return a / b; }},
      {"arith.maxnumf", std::fmax},
      {"arith.minnumf", std::fmin},
      {"arith.maximumf", [](double a, double b) { return a > b || std::isnan(a) ? a : b; }},
      {"arith.minimumf", [](double a, double b) { return a < b || std::isnan(a) ? a : b; }},
      {"math.powf", std::pow},
  };
  return table;
}

int64_t Wrap(int64_t value, Type type) {
  if (type.isInteger(8)) return static_cast<int8_t>(value);
  if (type.isInteger(32)) return static_cast<int32_t>(value);
  if (type.isInteger(1)) return value & 1;
  return value;
}

// Compares as the predicate says. An ordered comparison with NaN is false, an unordered one is true.
bool Compare(arith::CmpFPredicate predicate, double a, double b) {
  using P = arith::CmpFPredicate;
  const bool unordered = std::isnan(a) || std::isnan(b);
  switch (predicate) {
    case P::OEQ:
      return !unordered && a == b;
    case P::OGT:
      return !unordered && a > b;
    case P::OGE:
      return !unordered && a >= b;
    case P::OLT:
      return !unordered && a < b;
    case P::OLE:
      return !unordered && a <= b;
    case P::UGT:
      return unordered || a > b;
    case P::UGE:
      return unordered || a >= b;
    case P::ULT:
      return unordered || a < b;
    case P::ULE:
      return unordered || a <= b;
    case P::UNE:
      return unordered || a != b;
    case P::UNO:
      return unordered;
    default:
      return false;
  }
}

class Interpreter {
 public:
  absl::StatusOr<std::vector<NumberTensor>> Run(func::FuncOp func,
                                                const std::vector<NumberTensor>& arguments) {
    for (auto [i, argument] : llvm::enumerate(func.getArguments())) tensors_[argument] = arguments[i];
    std::vector<NumberTensor> results;
    for (Operation& op : func.front()) {
      if (auto ret = dyn_cast<func::ReturnOp>(op)) {
        for (Value value : ret.getOperands()) results.push_back(tensors_[value]);
      } else if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
        RunGeneric(generic);
      } else if (auto empty = dyn_cast<tensor::EmptyOp>(op)) {
        tensors_[empty] = Zeroes(empty.getType());
      } else if (auto constant = dyn_cast<arith::ConstantOp>(op);
                 constant && isa<TensorType>(constant.getType())) {
        tensors_[constant] = FromDense(cast<DenseElementsAttr>(constant.getValue()));
      } else {
        RunScalar(op, {});
      }
    }
    if (!unknown_.empty())
      return absl::UnimplementedError(absl::StrCat("the interpreter does not know ", unknown_));
    return results;
  }

 private:
  static NumberTensor Zeroes(RankedTensorType type) {
    return {type.getShape().vec(), std::vector<Number>(type.getNumElements())};
  }

  static Number FromAttribute(Attribute attr) {
    if (auto f = dyn_cast<FloatAttr>(attr)) return {f.getValueAsDouble(), 0};
    return {0, cast<IntegerAttr>(attr).getInt()};
  }

  static NumberTensor FromDense(DenseElementsAttr attr) {
    NumberTensor tensor = Zeroes(cast<RankedTensorType>(attr.getType()));
    for (auto [i, element] : llvm::enumerate(attr.getValues<Attribute>())) {
      tensor.elements[i] = FromAttribute(element);
    }
    return tensor;
  }

  static Number& At(NumberTensor& tensor, ArrayRef<int64_t> index) {
    int64_t offset = 0;
    for (auto [extent, i] : llvm::zip_equal(tensor.shape, index)) offset = offset * extent + i;
    return tensor.elements[offset];
  }

  void RunGeneric(linalg::GenericOp op) {
    for (auto [result, init] : llvm::zip(op.getResults(), op.getDpsInits()))
      tensors_[result] = tensors_[init];
    const SmallVector<int64_t> extents = op.getStaticLoopRanges();
    const SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    SmallVector<int64_t> loop(extents.size(), 0);
    const auto operand_at = [&](unsigned i) -> Number& {
      const unsigned inputs = op.getNumDpsInputs();
      Value value = i < inputs ? op.getDpsInputs()[i] : op.getResult(i - inputs);
      if (!isa<TensorType>(value.getType())) return scalars_[value];
      return At(tensors_[value], maps[i].compose(loop));
    };
    while (true) {
      for (auto [i, argument] : llvm::enumerate(op.getBody()->getArguments()))
        scalars_[argument] = operand_at(i);
      for (Operation& inner : op.getBody()->without_terminator()) RunScalar(inner, loop);
      auto yield = cast<linalg::YieldOp>(op.getBody()->getTerminator());
      for (auto [i, value] : llvm::enumerate(yield.getOperands())) {
        operand_at(op.getNumDpsInputs() + i) = scalars_[value];
      }
      int64_t d = loop.size();
      while (d > 0 && ++loop[d - 1] == extents[d - 1]) loop[--d] = 0;
      if (d == 0) return;
    }
  }

  void RunScalar(Operation& op, ArrayRef<int64_t> loop) {
    const std::string name = op.getName().getStringRef().str();
    const auto in = [&](unsigned i) { return scalars_[op.getOperand(i)]; };
    Number& out = scalars_[op.getResult(0)];
    if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
      out = FromAttribute(constant.getValue());
    } else if (auto unary = Unaries().find(name); unary != Unaries().end()) {
      out = {unary->second(in(0).f), 0};
    } else if (auto binary = Binaries().find(name); binary != Binaries().end()) {
      out = {binary->second(in(0).f, in(1).f), 0};
    } else if (name == "math.fma") {
      out = {std::fma(in(0).f, in(1).f, in(2).f), 0};
    } else if (auto index = dyn_cast<linalg::IndexOp>(op)) {
      out = {0, loop[index.getDim()]};
    } else if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
      SmallVector<int64_t> position;
      for (Value i : extract.getIndices()) position.push_back(scalars_[i].i);
      out = At(tensors_[extract.getTensor()], position);
    } else if (isa<arith::SelectOp>(op)) {
      out = in(0).i ? in(1) : in(2);
    } else if (auto cmpf = dyn_cast<arith::CmpFOp>(op)) {
      out = {0, Compare(cmpf.getPredicate(), in(0).f, in(1).f)};
    } else if (auto cmpi = dyn_cast<arith::CmpIOp>(op)) {
      out = {0, cmpi.getPredicate() == arith::CmpIPredicate::eq ? in(0).i == in(1).i : in(0).i < in(1).i};
    } else if (isa<arith::AddIOp>(op)) {
      out = {0, Wrap(in(0).i + in(1).i, op.getResult(0).getType())};
    } else if (isa<arith::SubIOp>(op)) {
      out = {0, Wrap(in(0).i - in(1).i, op.getResult(0).getType())};
    } else if (isa<arith::MulIOp>(op)) {
      out = {0, Wrap(in(0).i * in(1).i, op.getResult(0).getType())};
    } else if (isa<arith::IndexCastOp, arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp>(op)) {
      out = {0, Wrap(in(0).i, op.getResult(0).getType())};
    } else if (isa<arith::SIToFPOp>(op)) {
      out = {static_cast<double>(in(0).i), 0};
    } else {
      unknown_ = name;
    }
  }

  llvm::DenseMap<Value, NumberTensor> tensors_;
  llvm::DenseMap<Value, Number> scalars_;
  std::string unknown_;
};

}  // namespace

absl::StatusOr<std::vector<NumberTensor>> Interpret(absl::string_view workload_text,
                                                    const std::vector<NumberTensor>& arguments) {
  DialectRegistry registry;
  workload::RegisterWorkloadDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(
      StringRef(workload_text.data(), workload_text.size()), ParserConfig(&context));
  if (!module) return absl::InvalidArgumentError("the workload is not valid MLIR");
  return Interpreter().Run(*module->getOps<func::FuncOp>().begin(), arguments);
}

}  // namespace diapason::compiler::codegen
