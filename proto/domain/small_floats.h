// Converts floats of 16 bits, which C++ has no type for, from and to their bits.
#ifndef DIAPASON_PROTO_DOMAIN_SMALL_FLOATS_H_
#define DIAPASON_PROTO_DOMAIN_SMALL_FLOATS_H_

#include <cstdint>

namespace diapason {

// Return the value of an IEEE 754 half-precision float, and the half-precision float that is nearest to a
// number. Of two that are equally near, it is the even one.
double HalfToDouble(uint16_t bits);
uint16_t DoubleToHalf(double number);

// The same for bfloat16, the upper half of a float32.
float BrainFloatToFloat(uint16_t bits);
uint16_t FloatToBrainFloat(float number);

}  // namespace diapason

#endif  // DIAPASON_PROTO_DOMAIN_SMALL_FLOATS_H_
