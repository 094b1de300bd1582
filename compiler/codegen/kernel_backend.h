// The seam between the compiler and the kinds of machine that it makes code for. A back end turns a
// workload and a rendered schedule into an artifact. Everything above it (search, builder workers, model
// compilation, the CLI) knows this interface only. `backends.h` has the table of all back ends; the README
// says what adding one takes.
#ifndef DIAPASON_COMPILER_CODEGEN_KERNEL_BACKEND_H_
#define DIAPASON_COMPILER_CODEGEN_KERNEL_BACKEND_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/builder.pb.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler::codegen {

// What turned a schedule into code. Two builds of the project with equal versions make the same code of the
// same schedule, so times measured with one hold for the other. Different versions may make the same code,
// too: `sources` also changes when only a comment does.
struct BackendVersion {
  std::string release;    // of the project, e.g. "0.1.0"
  std::string sources;    // 12 hexadecimal digits: a hash of our own sources that take part
  std::string toolchain;  // what takes part and is not ours, with its version, e.g. "LLVM 22.1.8"
};

// The version as records hold it and as it is compared: "0.1.0+5d41402abc4b (LLVM 22.1.8)".
std::string VersionText(const BackendVersion& version);

// A back end serves all targets of its kind and keeps warm what it needs for each of them, so that a
// builder worker needs one object of each kind. Making one is cheap: the first build pays for what builds
// need.
//
// Threads: none of its own. One object is used from one thread at a time, and one thread of a process builds,
// because LLVM and lld have global state.
//
// Errors: a schedule that does not work is an outcome in the response, never a Status. A bad schedule may
// also make the back end crash, hang or use up the memory; whoever builds what nobody has built before does
// it in a worker process (tuner/build).
class KernelBackend {
 public:
  virtual ~KernelBackend() = default;

  // One word, for people and for records: "cpu". No other back end has it.
  virtual absl::string_view name() const = 0;

  // Must change with everything that may change the code made of a schedule: the steps of scripts, the
  // built-in sketches, passes, their options, libraries.
  virtual BackendVersion version() const = 0;

  // OK: Build makes code for this target, which is of the back end's kind. InvalidArgument: it does not;
  // one line names the target and says what is wrong with it.
  virtual absl::Status CanBuild(const v1::Target& target) = 0;

  // Makes the artifact that `request` describes, for its target. Never fails itself: what goes wrong is the
  // response's outcome. REJECTED: the script does not apply, with MLIR's message. COMPILE_ERROR: anything
  // else, the error of CanBuild included. With OPTIMIZATION_REFERENCE no script is applied: the back end's
  // default lowering, the plainest one that is right, makes the kernel that all others of the workload are
  // compared with. It also completes what a script leaves undone, because scripts may stop anywhere. Equal
  // requests give equal bytes.
  virtual v1::BuildResponse Build(const v1::BuildRequest& request) = 0;

  // The payload that the request's script is applied to, as MLIR text that stock tools read: the workload
  // with its arguments as the back end's kernels take them. InvalidArgument: the text is not a workload.
  virtual absl::StatusOr<std::string> PayloadText(const v1::BuildRequest& request) = 0;
};

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_KERNEL_BACKEND_H_
