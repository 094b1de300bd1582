// The text of a small sketch, for tests of sketches that users write.
#ifndef DIAPASON_TESTS_TESTING_PRODUCT_SKETCH_H_
#define DIAPASON_TESTS_TESTING_PRODUCT_SKETCH_H_

#include <string>

#include "absl/strings/string_view.h"

namespace diapason::testing {

// Returns a sketch for products of floats. `steps` are its whole script. They can use the product as
// %product, the module as %module, and the type aliases !op and !p (a parameter).
std::string ProductSketch(absl::string_view steps);

}  // namespace diapason::testing

#endif  // DIAPASON_TESTS_TESTING_PRODUCT_SKETCH_H_
