// A sketch's text with holes for a schedule's values. Private to compiler/space.
#ifndef DIAPASON_COMPILER_SPACE_SCRIPT_TEMPLATE_H_
#define DIAPASON_COMPILER_SPACE_SCRIPT_TEMPLATE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "compiler/space/script.h"
#include "compiler/space/sketch_program.h"

namespace diapason::compiler::space {

// Renders schedules. It does not change after Make.
//
//   %t = transform.tune.knob<"t"> options = [4, 8] -> !p
//   %r = transform.smt.constrain_params(%t) ... { ... }
//   %s = transform.include @constraint failures(propagate) (%t) : (!p) -> !p
//   transform.tune.alternatives<"a"> { ... }, { ... }
// becomes, for example,
//   %t = transform.tune.knob<"t"> = 8 : i64 from options = [4, 8] -> !p
//   %r = transform.param.constant 3 : i64 -> !p
//   %s = transform.param.constant 5 : i64 -> !p
//   transform.tune.alternatives<"a"> selected_region = 1 { ... }, { ... }
// Constraint sequences (constraint_reader.h) are left out, because nothing includes them any more.
//
// Everything else stays as its author wrote it, comments included.
class ScriptTemplate {
 public:
  // InvalidArgument: a knob or a choice is written in MLIR's generic form.
  static absl::StatusOr<ScriptTemplate> Make(const Script& script, const SketchProgram& sketch);

  // `slots` must have the values of all parameters, as ConstraintProgram::Evaluate computes them.
  std::string Fill(absl::Span<const int64_t> slots) const;

 private:
  struct Hole {
    int slot;
    std::map<int64_t, std::string>
        spellings;  // text for each value; if empty, decimals and `suffix` are used
    std::string suffix;
    std::string text_after;
  };
  std::string text_before_;
  std::vector<Hole> holes_;

  friend class TemplateMaker;
};

}  // namespace diapason::compiler::space

#endif  // DIAPASON_COMPILER_SPACE_SCRIPT_TEMPLATE_H_
