#include "compiler/model/model_module.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "compiler/model/dlpack_type.h"
#include "compiler/runtime/model_runtime.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "proto/domain/element_type.h"

namespace diapason::compiler::model {
namespace {

llvm::StringRef ToLlvm(absl::string_view text) { return {text.data(), text.size()}; }

// The constants that calls read, in the order of their first use. Equal constants occur once.
class Weights {
 public:
  explicit Weights(const graph::Program& program) {
    for (const graph::Call& call : program.calls) {
      for (const graph::View& view : call.arguments) {
        const graph::Buffer& buffer = program.buffers[view.buffer];
        if (buffer.kind != graph::BufferKind::kConstant) continue;
        const auto [it, is_new] = index_of_bytes_.try_emplace(buffer.bytes, contents_.size());
        if (is_new) contents_.push_back(buffer.bytes);
        index_of_buffer_[view.buffer] = it->second;
      }
    }
  }

  const std::vector<absl::string_view>& contents() const { return contents_; }
  int64_t IndexOf(int buffer) const { return index_of_buffer_.at(buffer); }

 private:
  std::vector<absl::string_view> contents_;
  absl::flat_hash_map<absl::string_view, int64_t> index_of_bytes_;
  std::map<int, int64_t> index_of_buffer_;
};

// Returns the bits of an element with that value.
int64_t Pattern(v1::ElementType type, double value) {
  if (type != v1::ELEMENT_TYPE_F32) return static_cast<int64_t>(value);
  const auto number = static_cast<float>(value);
  int32_t bits;
  std::memcpy(&bits, &number, sizeof bits);
  return bits;
}

class ModuleMaker {
 public:
  ModuleMaker(const ModelParts& parts, llvm::LLVMContext& context)
      : parts_(parts),
        program_(parts.program),
        weights_(parts.program),
        module_(std::make_unique<llvm::Module>("model", context)),
        pointer_(llvm::PointerType::getUnqual(context)),
        i8_(llvm::Type::getInt8Ty(context)),
        i16_(llvm::Type::getInt16Ty(context)),
        i32_(llvm::Type::getInt32Ty(context)),
        i64_(llvm::Type::getInt64Ty(context)) {}

  std::unique_ptr<llvm::Module> Make() {
    info_ = Info();
    table_ = Global("table", Struct({I64(DIAPASON_MODEL_TABLE_VERSION), info_, I64(parts_.plan.arena_bytes),
                                     WeightList(), CallList(), FillList(), I64(num_fills_),
                                     I64(static_cast<int64_t>(weights_.contents().size())), WeightSizes(),
                                     SizeList(), I64(static_cast<int64_t>(program_.sizes.size()))}));
    AddFunctions();
    return std::move(module_);
  }

 private:
  // ---- constants
  llvm::Constant* I32(int64_t value) { return llvm::ConstantInt::get(i32_, value, /*IsSigned=*/true); }
  llvm::Constant* I64(int64_t value) { return llvm::ConstantInt::get(i64_, value, /*IsSigned=*/true); }

  llvm::Constant* Struct(llvm::ArrayRef<llvm::Constant*> fields) {
    return llvm::ConstantStruct::getAnon(module_->getContext(), fields);
  }

  llvm::GlobalVariable* Global(const llvm::Twine& name, llvm::Constant* value) {
    auto* global = new llvm::GlobalVariable(*module_, value->getType(), /*isConstant=*/true,
                                            llvm::GlobalValue::PrivateLinkage, value, name);
    return global;
  }

  // Returns the address of an array, or null if the array is empty.
  llvm::Constant* List(const llvm::Twine& name, const std::vector<llvm::Constant*>& elements) {
    if (elements.empty()) return llvm::ConstantPointerNull::get(pointer_);
    return Global(name, llvm::ConstantArray::get(
                            llvm::ArrayType::get(elements[0]->getType(), elements.size()), elements));
  }

  llvm::Constant* Text(absl::string_view text) {
    return Global("text", llvm::ConstantDataArray::getString(module_->getContext(), ToLlvm(text)));
  }

  // ---- the table
  llvm::Constant* TensorList(const std::vector<graph::ModelTensor>& tensors) {
    std::vector<llvm::Constant*> infos;
    for (const graph::ModelTensor& tensor : tensors) {
      std::vector<llvm::Constant*> shape;
      for (int64_t size : tensor.shape) shape.push_back(I64(size));
      const DLDataType type = DlpackType(tensor.element_type);
      infos.push_back(
          Struct({Text(tensor.name), List("shape", shape), I32(static_cast<int64_t>(tensor.shape.size())),
                  Struct({llvm::ConstantInt::get(i8_, type.code), llvm::ConstantInt::get(i8_, type.bits),
                          llvm::ConstantInt::get(i16_, type.lanes)}),
                  I32(tensor.run_time_dim)}));
    }
    return List("tensors", infos);
  }

  llvm::Constant* Info() {
    std::vector<llvm::Constant*> names;
    for (const graph::Call& call : program_.calls) names.push_back(Text(call.name));
    return Global("info", Struct({Text(program_.name), Text(parts_.target), TensorList(program_.inputs),
                                  TensorList(program_.outputs), List("call_names", names),
                                  I32(static_cast<int64_t>(program_.inputs.size())),
                                  I32(static_cast<int64_t>(program_.outputs.size())),
                                  I32(static_cast<int64_t>(program_.calls.size()))}));
  }

  llvm::Constant* WeightList() {
    std::vector<llvm::Constant*> list;
    for (absl::string_view bytes : weights_.contents()) {
      llvm::GlobalVariable* global =
          Global("weights", llvm::ConstantDataArray::getRaw(ToLlvm(bytes), bytes.size(), i8_));
      global->setAlignment(llvm::Align(DIAPASON_ALIGNMENT));
      list.push_back(global);
    }
    return List("constants", list);
  }

  llvm::Constant* WeightSizes() {
    std::vector<llvm::Constant*> sizes;
    for (absl::string_view bytes : weights_.contents())
      sizes.push_back(I64(static_cast<int64_t>(bytes.size())));
    return List("constant_bytes", sizes);
  }

  llvm::Constant* Argument(const graph::View& view, v1::ArgumentRole role) {
    const graph::Buffer& buffer = program_.buffers[view.buffer];
    const int64_t offset = view.offset * ElementBytes(buffer.element_type);
    switch (buffer.kind) {
      case graph::BufferKind::kActivation:
        return Struct({I64(DIAPASON_ARENA), I64(0), I64(parts_.plan.offsets[view.buffer] + offset)});
      case graph::BufferKind::kConstant:
        return Struct({I64(DIAPASON_CONSTANT), I64(weights_.IndexOf(view.buffer)), I64(offset)});
      case graph::BufferKind::kInput:
        return Struct({I64(role == v1::ARGUMENT_ROLE_CONSTANT ? DIAPASON_INPUT_CONSTANT : DIAPASON_INPUT),
                       I64(TensorOf(program_.inputs, view.buffer)), I64(offset)});
      case graph::BufferKind::kSize:
        return Struct({I64(DIAPASON_SIZE), I64(SizeOf(view.buffer)), I64(0)});
      case graph::BufferKind::kOutput:
        break;
    }
    return Struct({I64(DIAPASON_OUTPUT), I64(TensorOf(program_.outputs, view.buffer)), I64(offset)});
  }

  static int64_t TensorOf(const std::vector<graph::ModelTensor>& tensors, int buffer) {
    size_t i = 0;
    while (i < tensors.size() && tensors[i].buffer != buffer) ++i;
    return static_cast<int64_t>(i);
  }

  // Returns the number of the size that is stored in that buffer.
  int64_t SizeOf(int buffer) const {
    return std::find(program_.sizes.begin(), program_.sizes.end(), buffer) - program_.sizes.begin();
  }

  // Returns for each output the number of its size, or -1.
  llvm::Constant* SizeList() {
    std::vector<llvm::Constant*> sizes;
    for (const graph::ModelTensor& output : program_.outputs) sizes.push_back(I64(output.size));
    return List("sizes", sizes);
  }

  llvm::Constant* Kernel(const KernelInstance& instance) {
    llvm::GlobalVariable* kernel = module_->getGlobalVariable(instance.symbol, /*AllowInternal=*/true);
    if (kernel != nullptr) return kernel;
    if (instance.portable) return PortableDescription(instance);
    kernel = new llvm::GlobalVariable(*module_, i8_, /*isConstant=*/true, llvm::GlobalValue::ExternalLinkage,
                                      nullptr, instance.symbol);
    kernel->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return kernel;
  }

  // Returns the diapason_kernel of a function of the run-time's archive.
  llvm::Constant* PortableDescription(const KernelInstance& instance) {
    const graph::PortableKernel& portable = *instance.portable;
    llvm::Type* nothing = llvm::Type::getVoidTy(module_->getContext());
    llvm::FunctionType* type =
        llvm::FunctionType::get(nothing, {pointer_, pointer_, pointer_, i64_, i64_}, /*isVarArg=*/false);
    auto* body = llvm::cast<llvm::Function>(module_->getOrInsertFunction(portable.symbol, type).getCallee());
    body->setVisibility(llvm::GlobalValue::HiddenVisibility);
    llvm::Constant* null = llvm::ConstantPointerNull::get(pointer_);
    llvm::Constant* stages = List("stages", {Struct({body, I64(portable.units)})});
    return Global(
        instance.symbol,
        Struct({I64(DIAPASON_KERNEL_ABI_VERSION), I64(static_cast<int64_t>(instance.num_arguments)), I64(0),
                I64(1), I64(portable.workspace_bytes), I64(portable.scratch_bytes), null, stages, null}));
  }

  llvm::Constant* CallList() {
    std::vector<llvm::Constant*> calls;
    const std::vector<int64_t> packed_by = PackedBy(program_, parts_.kernels.of_call);
    for (size_t i = 0; i < program_.calls.size(); ++i) {
      const graph::Call& call = program_.calls[i];
      std::vector<llvm::Constant*> arguments;
      for (size_t a = 0; a < call.arguments.size(); ++a) {
        arguments.push_back(Argument(call.arguments[a], graph::RoleOf(program_, call, a)));
      }
      calls.push_back(
          Struct({Kernel(parts_.kernels.kernels[parts_.kernels.of_call[i]]), List("arguments", arguments),
                  I64(static_cast<int64_t>(arguments.size())), I64(packed_by[i])}));
    }
    return List("calls", calls);
  }

  llvm::Constant* FillList() {
    std::vector<llvm::Constant*> fills;
    for (const BorderFill& fill : parts_.plan.fills) {
      const graph::Buffer& buffer = program_.buffers[fill.buffer];
      const int64_t bytes = ElementBytes(buffer.element_type);
      for (const Runs& runs : fill.runs) {
        fills.push_back(
            Struct({I64(fill.before_call), I64(parts_.plan.offsets[fill.buffer] + runs.offset * bytes),
                    I64(runs.length * bytes), I64(runs.count), I64(runs.stride * bytes), I64(bytes),
                    I64(Pattern(buffer.element_type, buffer.border_value))}));
      }
    }
    num_fills_ = static_cast<int64_t>(fills.size());
    return List("fills", fills);
  }

  // ---- the exported functions
  // Marks 32-bit integers as signed, because the calling conventions of some targets depend on it.
  template <typename Function>
  Function* Signed(Function* function) {
    for (unsigned i = 0; i < function->arg_size(); ++i) {
      if (function->getFunctionType()->getParamType(i)->isIntegerTy(32)) {
        function->addParamAttr(i, llvm::Attribute::SExt);
      }
    }
    if (function->getFunctionType()->getReturnType()->isIntegerTy(32))
      function->addRetAttr(llvm::Attribute::SExt);
    return function;
  }

  llvm::IRBuilder<> Define(const std::string& suffix, llvm::Type* result,
                           const std::vector<llvm::Type*>& parameters, llvm::Function** function) {
    *function = Signed(llvm::Function::Create(llvm::FunctionType::get(result, parameters, /*isVarArg=*/false),
                                              llvm::GlobalValue::ExternalLinkage,
                                              absl::StrCat(program_.name, "_", suffix), *module_));
    return llvm::IRBuilder<>(llvm::BasicBlock::Create(module_->getContext(), "", *function));
  }

  // Defines NAME_suffix(...), which returns diapason_model_suffix([table,] ...).
  void Forward(const std::string& suffix, llvm::Type* result, const std::vector<llvm::Type*>& parameters,
               bool with_table) {
    llvm::Function* function = nullptr;
    llvm::IRBuilder<> builder = Define(suffix, result, parameters, &function);
    std::vector<llvm::Value*> values;
    std::vector<llvm::Type*> types;
    if (with_table) values.push_back(table_);
    for (llvm::Argument& argument : function->args()) values.push_back(&argument);
    for (llvm::Value* value : values) types.push_back(value->getType());
    llvm::Function* target = Signed(llvm::Function::Create(
        llvm::FunctionType::get(result, types, /*isVarArg=*/false), llvm::GlobalValue::ExternalLinkage,
        absl::StrCat("diapason_model_", suffix), *module_));
    target->setVisibility(llvm::GlobalValue::HiddenVisibility);
    llvm::CallInst* call = Signed(builder.CreateCall(target, values));
    result->isVoidTy() ? builder.CreateRetVoid() : builder.CreateRet(call);
  }

  void AddFunctions() {
    llvm::Type* nothing = llvm::Type::getVoidTy(module_->getContext());
    llvm::Function* describe = nullptr;
    Define("describe", pointer_, {}, &describe).CreateRet(info_);
    Forward("create", i32_, {i32_, pointer_}, /*with_table=*/true);
    Forward("run", i32_, {pointer_, pointer_, i32_, pointer_, i32_}, false);
    Forward("run_timed", i32_, {pointer_, pointer_, i32_, pointer_, i32_, pointer_}, false);
    Forward("output_size", i64_, {pointer_, i32_, i32_}, false);
    Forward("destroy", nothing, {pointer_}, false);
    Forward("last_error", pointer_, {}, false);
  }

  const ModelParts& parts_;
  const graph::Program& program_;
  const Weights weights_;
  std::unique_ptr<llvm::Module> module_;
  llvm::PointerType* const pointer_;
  llvm::Type* const i8_;
  llvm::Type* const i16_;
  llvm::Type* const i32_;
  llvm::Type* const i64_;
  llvm::Constant* info_ = nullptr;
  llvm::Constant* table_ = nullptr;
  int64_t num_fills_ = 0;
};

}  // namespace

std::vector<std::string> ExportedFunctions(const std::string& model) {
  std::vector<std::string> names;
  for (const char* suffix :
       {"create", "describe", "destroy", "last_error", "output_size", "run", "run_timed"}) {
    names.push_back(absl::StrCat(model, "_", suffix));
  }
  return names;
}

std::vector<int64_t> PackedBy(const graph::Program& program, const std::vector<int>& kernel_of_call) {
  const Weights weights(program);
  std::map<std::string, int64_t> first;
  std::vector<int64_t> packed_by;
  for (size_t i = 0; i < program.calls.size(); ++i) {
    std::string key = absl::StrCat(kernel_of_call[i]);
    const graph::Call& call = program.calls[i];
    for (size_t a = 0; a < call.arguments.size(); ++a) {
      const graph::View& view = call.arguments[a];
      if (program.buffers[view.buffer].kind == graph::BufferKind::kConstant) {
        absl::StrAppend(&key, " ", weights.IndexOf(view.buffer), "+", view.offset);
      } else if (graph::RoleOf(program, call, a) == v1::ARGUMENT_ROLE_CONSTANT) {
        absl::StrAppend(&key, " input ", view.buffer, "+", view.offset);
      }
    }
    packed_by.push_back(first.try_emplace(key, i).first->second);
  }
  return packed_by;
}

int64_t WeightBytes(const graph::Program& program) {
  const Weights weights(program);
  int64_t bytes = 0;
  for (absl::string_view contents : weights.contents()) bytes += static_cast<int64_t>(contents.size());
  return bytes;
}

std::unique_ptr<llvm::Module> MakeModelModule(const ModelParts& parts, llvm::LLVMContext& context) {
  return ModuleMaker(parts, context).Make();
}

}  // namespace diapason::compiler::model
