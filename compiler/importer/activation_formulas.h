// The formulas of activation functions, for the operators with these names and for recurrent networks.
#ifndef DIAPASON_COMPILER_IMPORTER_ACTIVATION_FORMULAS_H_
#define DIAPASON_COMPILER_IMPORTER_ACTIVATION_FORMULAS_H_

#include "compiler/importer/expression.h"

namespace diapason::compiler::importer {

// `negative` where x is negative, and x elsewhere
graph::ValueId Positive(Expression& e, graph::ValueId x, graph::ValueId negative);
graph::ValueId Sigmoid(Expression& e, graph::ValueId x);
// min(max(alpha * x + beta, 0), 1)
graph::ValueId HardSigmoid(Expression& e, graph::ValueId x, double alpha, double beta);
// log(1 + exp(x)), which does not overflow
graph::ValueId Softplus(Expression& e, graph::ValueId x);
// x / (1 + |x|)
graph::ValueId Softsign(Expression& e, graph::ValueId x);
// alpha * x if x is negative, and x otherwise
graph::ValueId LeakyRelu(Expression& e, graph::ValueId x, double alpha);
// alpha * (exp(x) - 1) if x is negative, and x otherwise
graph::ValueId Elu(Expression& e, graph::ValueId x, double alpha);
// x if x is greater than alpha, and 0 otherwise
graph::ValueId ThresholdedRelu(Expression& e, graph::ValueId x, double alpha);
// x times the normal distribution function of x, or, with `by_tanh`, an approximation of it
graph::ValueId Gelu(Expression& e, graph::ValueId x, bool by_tanh);
// number * x
graph::ValueId Times(Expression& e, graph::ValueId x, double number);

}  // namespace diapason::compiler::importer

#endif  // DIAPASON_COMPILER_IMPORTER_ACTIVATION_FORMULAS_H_
