#include "compiler/codegen/kernel_entry.h"

#include "compiler/codegen/passes.h"
#include "compiler/runtime/kernel_abi.h"
#include "compiler/workload/argument_attrs.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace diapason::compiler::codegen {
namespace {

// Adds `entry(arguments, rest...) { function(arguments[0], ..., rest...) }` and returns it.
llvm::Function* AddEntry(llvm::Function& function, size_t num_pointers, llvm::Module& module) {
  llvm::LLVMContext& context = module.getContext();
  llvm::IRBuilder<> builder(context);
  std::vector<llvm::Type*> types = {builder.getPtrTy()};
  for (size_t i = num_pointers; i < function.arg_size(); ++i) types.push_back(function.getArg(i)->getType());
  auto* entry =
      llvm::Function::Create(llvm::FunctionType::get(builder.getVoidTy(), types, false),
                             llvm::GlobalValue::InternalLinkage, function.getName() + "_entry", module);
  builder.SetInsertPoint(llvm::BasicBlock::Create(context, "", entry));
  std::vector<llvm::Value*> arguments;
  for (size_t i = 0; i < num_pointers; ++i) {
    llvm::Value* slot = builder.CreateConstInBoundsGEP1_64(builder.getPtrTy(), entry->getArg(0), i);
    arguments.push_back(builder.CreateLoad(builder.getPtrTy(), slot));
  }
  for (size_t i = 1; i < entry->arg_size(); ++i) arguments.push_back(entry->getArg(i));
  builder.CreateCall(&function, arguments);
  builder.CreateRetVoid();
  return entry;
}

// Adds an internal constant array. Returns a null pointer if `elements` is empty.
llvm::Constant* AddArray(llvm::Type* type, llvm::ArrayRef<llvm::Constant*> elements, llvm::Module& module) {
  if (elements.empty()) return llvm::ConstantPointerNull::get(llvm::PointerType::get(module.getContext(), 0));
  auto* array = llvm::ArrayType::get(type, elements.size());
  return new llvm::GlobalVariable(module, array, /*isConstant=*/true, llvm::GlobalValue::InternalLinkage,
                                  llvm::ConstantArray::get(array, elements));
}

}  // namespace

KernelDescription Describe(mlir::ModuleOp module) {
  KernelDescription description;
  const auto bytes = [&](llvm::StringRef name) {
    return module->getAttrOfType<mlir::IntegerAttr>(name).getInt();
  };
  description.workspace_bytes = bytes(kWorkspaceAttr);
  description.scratch_bytes = bytes(kScratchAttr);
  module.walk([&](mlir::func::FuncOp func) {
    if (func->hasAttr(kPrepareAttr)) description.prepare = func.getName().str();
    auto range = func->getAttrOfType<mlir::IntegerAttr>(kStageAttr);
    if (!range) return;
    description.stages.push_back({func.getName().str(), range.getInt()});
    if (description.stages.size() > 1) return;
    // The last four arguments are workspace, scratch, begin and end.
    for (unsigned i = 0; i + 4 < func.getNumArguments(); ++i) {
      auto type = llvm::cast<mlir::MemRefType>(func.getArgumentTypes()[i]);
      if (func.getArgAttr(i, workload::kPackedAttr)) {
        description.packed_bytes.push_back(type.getNumElements() * ((type.getElementTypeBitWidth() + 7) / 8));
      } else {
        ++description.num_arguments;
      }
    }
  });
  return description;
}

void AddKernelEntry(const KernelDescription& description, llvm::StringRef symbol, llvm::Module& module) {
  for (llvm::GlobalObject& object : module.global_objects()) {
    if (!object.isDeclaration()) object.setLinkage(llvm::GlobalValue::InternalLinkage);
  }
  llvm::LLVMContext& context = module.getContext();
  auto* pointer = llvm::PointerType::get(context, 0);
  auto* int64 = llvm::Type::getInt64Ty(context);
  const auto number = [&](int64_t value) { return llvm::ConstantInt::get(int64, value); };
  const size_t num_pointers = description.num_arguments + description.packed_bytes.size();

  auto* stage_type = llvm::StructType::get(pointer, int64);
  std::vector<llvm::Constant*> stages, packed_bytes;
  for (const KernelDescription::Stage& stage : description.stages) {
    llvm::Function* entry = AddEntry(*module.getFunction(stage.function), num_pointers, module);
    stages.push_back(llvm::ConstantStruct::get(stage_type, {entry, number(stage.range)}));
  }
  for (int64_t bytes : description.packed_bytes) packed_bytes.push_back(number(bytes));
  llvm::Constant* prepare = llvm::ConstantPointerNull::get(pointer);
  if (!description.prepare.empty()) {
    prepare = AddEntry(*module.getFunction(description.prepare), num_pointers, module);
  }
  std::vector<llvm::Constant*> fields = {number(DIAPASON_KERNEL_ABI_VERSION),
                                         number(description.num_arguments),
                                         number(description.packed_bytes.size()),
                                         number(description.stages.size()),
                                         number(description.workspace_bytes),
                                         number(description.scratch_bytes),
                                         AddArray(int64, packed_bytes, module),
                                         AddArray(stage_type, stages, module),
                                         prepare};
  llvm::Constant* value = llvm::ConstantStruct::getAnon(context, fields);
  auto* kernel = new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true,
                                          llvm::GlobalValue::ExternalLinkage, value, symbol);
  kernel->setAlignment(llvm::Align(8));
}

}  // namespace diapason::compiler::codegen
