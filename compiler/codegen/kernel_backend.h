// The interface between the compiler and the kinds of machine that it makes code for. A back end turns a
// workload and a rendered schedule into an artifact. Its users (search, builder workers, model compilation,
// the CLI) know only this interface. `backends.h` makes the back ends; the README says how to add one.
#ifndef DIAPASON_COMPILER_CODEGEN_KERNEL_BACKEND_H_
#define DIAPASON_COMPILER_CODEGEN_KERNEL_BACKEND_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "diapason/v1/builder.pb.h"
#include "diapason/v1/target.pb.h"

namespace diapason::compiler::codegen {

// Identifies the code generator that turned a schedule into code. Two builds of the project with equal
// versions make the same code from the same schedule, so times that were measured with one hold for the
// other. Different versions may also make the same code, because `sources` changes even if only a comment
// changes.
struct BackendVersion {
  std::string release;    // the project's release, e.g. "0.1.0"
  std::string sources;    // a hash of those of our sources that decide the code: 12 hexadecimal digits
  std::string toolchain;  // the external code generator with its version, e.g. "LLVM 22.1.8"
};

// Returns the version in the form in which it is stored in records and compared, for example
// "0.1.0+5d41402abc4b (LLVM 22.1.8)".
std::string VersionText(const BackendVersion& version);

// Makes kernels for all targets of one kind. It caches what it needs for each target, so that a builder
// worker needs one object for each kind. Constructing it is cheap; the first build sets up what all builds
// need.
//
// Threads: it has none of its own. An object is used by one thread at a time, and only one thread of a
// process may build at a time, because LLVM and lld have global state.
//
// Errors: a schedule that does not work is an outcome in the response, never a Status. A bad schedule may
// also make the back end crash, hang or use up all memory. A schedule that has never been built is
// therefore built in a worker process (tuner/build).
class KernelBackend {
 public:
  virtual ~KernelBackend() = default;

  // One word that people read and that records hold, such as "cpu". It is unique among the back ends.
  virtual absl::string_view name() const = 0;

  // Must change whenever the code that a schedule becomes may change: with the steps of scripts, the built-in
  // sketches, the passes and their options, and the libraries.
  virtual BackendVersion version() const = 0;

  // Returns OK if Build can make code for this target, which must be of the back end's kind. InvalidArgument:
  // it cannot; the message is one line that names the target and says what is wrong with it.
  virtual absl::Status CanBuild(const v1::Target& target) = 0;

  // Makes the artifact that `request` describes, for its target. Every failure is reported as the response's
  // outcome. REJECTED: the script cannot be applied; the message is MLIR's. COMPILE_ERROR: anything else,
  // also if CanBuild would return an error. Equal requests give equal bytes.
  //
  // With OPTIMIZATION_REFERENCE no script is applied. The back end's default lowering, which is the plainest
  // correct one, then makes the kernel that all other kernels of the workload are compared with. The default
  // lowering also completes what a script leaves undone, because a script may stop after any step.
  virtual v1::BuildResponse Build(const v1::BuildRequest& request) = 0;

  // Returns the payload that the request's script is applied to, as MLIR text that stock tools can read. The
  // payload is the workload with the kind of arguments that the back end's kernels take. InvalidArgument: the
  // request's text is not a valid workload.
  virtual absl::StatusOr<std::string> PayloadText(const v1::BuildRequest& request) = 0;
};

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_KERNEL_BACKEND_H_
