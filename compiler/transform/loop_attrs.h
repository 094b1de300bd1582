// The attributes that a schedule gives to loops.
#ifndef DIAPASON_COMPILER_TRANSFORM_LOOP_ATTRS_H_
#define DIAPASON_COMPILER_TRANSFORM_LOOP_ATTRS_H_

namespace diapason::compiler::transform {

// Attribute of an scf.forall: a list of its dimensions from the slowest to the fastest. Without it they run
// in the order of the loop itself.
inline constexpr char kOrderAttr[] = "diapason.order";

}  // namespace diapason::compiler::transform

#endif  // DIAPASON_COMPILER_TRANSFORM_LOOP_ATTRS_H_
