#include "compiler/workload/structural_form.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "compiler/workload/argument_attrs.h"
#include "llvm/ADT/DenseMap.h"

namespace diapason::compiler::workload {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

class Writer {
 public:
  explicit Writer(Sizes sizes) : sizes_(sizes) {}

  LogicalResult Write(func::FuncOp func) {
    text_ = sizes_ == Sizes::kKept ? "diapason-workload-1\n" : "diapason-structure-1\n";
    for (BlockArgument argument : func.getArguments()) {
      Number(argument);
      text_ += "argument ";
      if (failed(WriteType(argument.getType(), func))) return failure();
      if (failed(WriteAttributes(function_interface_impl::getArgAttrs(func, argument.getArgNumber()), func)))
        return failure();
      text_ += "\n";
    }
    return WriteOperations(func.front());
  }

  std::string Take() { return std::move(text_); }

 private:
  void Number(Value value) { numbers_.try_emplace(value, numbers_.size()); }

  LogicalResult WriteType(Type type, Operation* op) {
    if (succeeded(AppendType(type, sizes_, text_))) return success();
    return op->emitError("a workload cannot use the type ") << type;
  }

  LogicalResult WriteAttributes(ArrayRef<NamedAttribute> attributes, Operation* op) {
    SmallVector<NamedAttribute> kept(attributes);
    if (sizes_ == Sizes::kLeftOut)
      llvm::erase_if(kept, [](NamedAttribute attribute) { return attribute.getName() == kStrictAttr; });
    NamedAttribute refused(StringAttr::get(op->getContext(), "?"), UnitAttr::get(op->getContext()));
    if (succeeded(AppendAttributes(kept, sizes_, text_, &refused))) return success();
    return op->emitError("a workload cannot have the attribute ")
           << refused.getName() << " = " << refused.getValue();
  }

  LogicalResult WriteTypes(TypeRange types, Operation* op) {
    text_ += "(";
    for (auto [i, type] : llvm::enumerate(types)) {
      if (i > 0) text_ += ",";
      if (failed(WriteType(type, op))) return failure();
    }
    text_ += ")";
    return success();
  }

  LogicalResult WriteOperations(Block& block) {
    for (Operation& op : block) {
      if (failed(WriteOperation(op))) return failure();
    }
    return success();
  }

  LogicalResult WriteOperation(Operation& op) {
    if (op.getNumSuccessors() > 0) return op.emitError("a workload cannot have branches between blocks");
    const StringRef name = op.getName().getStringRef();
    absl::StrAppend(&text_, "operation ", absl::string_view(name.data(), name.size()), "(");
    for (auto [i, operand] : llvm::enumerate(op.getOperands())) {
      absl::StrAppend(&text_, i == 0 ? "" : ",", numbers_.at(operand));
    }
    text_ += ")";
    if (failed(WriteAttributes(op.getAttrDictionary().getValue(), &op))) return failure();
    if (failed(WriteTypes(op.getResultTypes(), &op))) return failure();
    text_ += "\n";
    for (Value result : op.getResults()) Number(result);
    for (Region& region : op.getRegions()) {
      text_ += "region\n";
      for (Block& block : region) {
        text_ += "block ";
        for (BlockArgument argument : block.getArguments()) Number(argument);
        if (failed(WriteTypes(block.getArgumentTypes(), &op))) return failure();
        text_ += "\n";
        if (failed(WriteOperations(block))) return failure();
      }
      text_ += "end\n";
    }
    return success();
  }

  const Sizes sizes_;
  llvm::DenseMap<Value, unsigned> numbers_;
  std::string text_;
};

}  // namespace

FailureOr<std::string> StructuralForm(func::FuncOp func, Sizes sizes) {
  Writer writer(sizes);
  if (failed(writer.Write(func))) return failure();
  return writer.Take();
}

}  // namespace diapason::compiler::workload
