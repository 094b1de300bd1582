// Identifiers as a collaborator, so that a run can be repeated. Thread-safe.
#ifndef DIAPASON_PROTO_BASE_IDS_H_
#define DIAPASON_PROTO_BASE_IDS_H_

#include <string>

namespace diapason {

class IdGenerator {
 public:
  virtual ~IdGenerator() = default;

  // A new identifier: 16 lower-case hexadecimal digits, never the same twice.
  virtual std::string NewId() = 0;
};

// From the operating system's random source.
class RandomIds : public IdGenerator {
 public:
  std::string NewId() override;
};

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_IDS_H_
