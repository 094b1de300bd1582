// The text of a small sketch, for tests of what users write.
#ifndef DIAPASON_TESTS_TESTING_PRODUCT_SKETCH_H_
#define DIAPASON_TESTS_TESTING_PRODUCT_SKETCH_H_

#include <string>

#include "absl/strings/string_view.h"

namespace diapason::testing {

// A sketch for products of floats. `steps` are its whole script: they find the product in %product and the
// module in %module, and may use the aliases !op and !p (a parameter).
std::string ProductSketch(absl::string_view steps);

}  // namespace diapason::testing

#endif  // DIAPASON_TESTS_TESTING_PRODUCT_SKETCH_H_
