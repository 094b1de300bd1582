#include "compiler/codegen/payload.h"

#include "compiler/codegen/passes.h"
#include "compiler/workload/canonical_form.h"
#include "compiler/workload/parse_module.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace diapason::compiler::codegen {
namespace {

using namespace mlir;  // NOLINT: MLIR code reads badly without

FailureOr<MemRefType> BufferType(func::FuncOp func, unsigned index, const v1::Layout* layout) {
  auto tensor = cast<RankedTensorType>(func.getArgumentTypes()[index]);
  auto dense = MemRefType::get(tensor.getShape(), tensor.getElementType());
  if (layout == nullptr) return dense;
  const SmallVector<int64_t> strides(layout->strides().begin(), layout->strides().end());
  if (strides.size() != static_cast<size_t>(tensor.getRank())) {
    return func.emitError() << "the layout of argument " << index << " has " << strides.size()
                            << " strides, but " << tensor << " has " << tensor.getRank() << " dimensions";
  }
  if (strides == dense.getStridesAndOffset().first) return dense;
  return MemRefType::get(tensor.getShape(), tensor.getElementType(),
                         StridedLayoutAttr::get(func.getContext(), /*offset=*/0, strides));
}

LogicalResult ToBuffers(func::FuncOp func, const google::protobuf::RepeatedPtrField<v1::Layout>& layouts) {
  const unsigned num_arguments = func.getNumArguments();
  const unsigned first_destination = num_arguments - func.getNumResults();
  if (!layouts.empty() && layouts.size() != static_cast<int>(num_arguments)) {
    return func.emitError() << layouts.size() << " layouts are given for " << num_arguments << " arguments";
  }
  OpBuilder builder = OpBuilder::atBlockBegin(&func.front());
  SmallVector<Type> types;
  for (unsigned i = 0; i < num_arguments; ++i) {
    FailureOr<MemRefType> type = BufferType(func, i, layouts.empty() ? nullptr : &layouts[i]);
    if (failed(type)) return failure();
    types.push_back(*type);
    BlockArgument argument = func.getArgument(i);
    const Type tensor = argument.getType();
    argument.setType(*type);
    auto view = bufferization::ToTensorOp::create(builder, func.getLoc(), tensor, argument, /*restrict=*/true,
                                                  /*writable=*/i >= first_destination);
    argument.replaceAllUsesExcept(view, view);
    func.setArgAttr(i, "llvm.noalias", builder.getUnitAttr());
  }
  auto ret = cast<func::ReturnOp>(func.front().getTerminator());
  builder.setInsertionPoint(ret);
  for (auto [i, value] : llvm::enumerate(ret.getOperands())) {
    auto store = bufferization::MaterializeInDestinationOp::create(builder, func.getLoc(), Type(), value,
                                                                   func.getArgument(first_destination + i));
    store.setRestrict(true);
    store.setWritable(true);
  }
  ret->setOperands({});
  func.setType(builder.getFunctionType(types, {}));
  func->setAttr(kKernelAttr, builder.getUnitAttr());
  return success();
}

}  // namespace

OwningOpRef<ModuleOp> MakePayload(absl::string_view workload_text,
                                  const google::protobuf::RepeatedPtrField<v1::Layout>& layouts,
                                  MLIRContext* context) {
  OwningOpRef<ModuleOp> module = workload::ParseModule(workload_text, "workload", context);
  if (!module) return nullptr;
  FailureOr<func::FuncOp> func = workload::ToCanonicalForm(*module);
  if (failed(func) || failed(ToBuffers(*func, layouts))) return nullptr;
  return module;
}

}  // namespace diapason::compiler::codegen
