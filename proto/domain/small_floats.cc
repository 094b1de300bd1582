#include "proto/domain/small_floats.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace diapason {

double HalfToDouble(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double size = 0;
  if (exponent == 31) {
    size = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  } else if (exponent == 0) {
    size = std::ldexp(fraction, -24);
  } else {
    size = std::ldexp(1024 + fraction, exponent - 25);
  }
  return bits >> 15 != 0 ? -size : size;
}

uint16_t DoubleToHalf(double number) {
  const int sign = std::signbit(number) ? 0x8000 : 0;
  const double size = std::fabs(number);
  if (std::isnan(number)) return static_cast<uint16_t>(sign | 0x7e00);
  if (size >= 65520) return static_cast<uint16_t>(sign | 0x7c00);  // above the middle of 65504 and 2^16
  // Numbers of one exponent are multiples of 2^(exponent - 10). Counting these multiples on from those of
  // the exponents below gives the bits, also if the number is rounded up to the next exponent.
  const int exponent = size < 0x1p-14 ? -14 : std::ilogb(size);
  const int multiples = static_cast<int>(std::nearbyint(std::ldexp(size, 10 - exponent)));
  return static_cast<uint16_t>(sign | ((exponent + 14) * 1024 + multiples));
}

float BrainFloatToFloat(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float number;
  std::memcpy(&number, &wide, sizeof number);
  return number;
}

uint16_t FloatToBrainFloat(float number) {
  if (std::isnan(number)) return 0x7fc0;
  uint32_t bits;
  std::memcpy(&bits, &number, sizeof bits);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace diapason
