// The source of identifiers. Library code gets an IdGenerator from its caller, so that a run can be
// repeated exactly. Thread-safe.
#ifndef DIAPASON_PROTO_BASE_IDS_H_
#define DIAPASON_PROTO_BASE_IDS_H_

#include <string>

namespace diapason {

// The interface of a source of identifiers.
class IdGenerator {
 public:
  virtual ~IdGenerator() = default;

  // Returns a new identifier of 16 lower-case hexadecimal digits. It never returns the same one twice.
  virtual std::string NewId() = 0;
};

// Takes identifiers from the operating system's random source.
class RandomIds : public IdGenerator {
 public:
  std::string NewId() override;
};

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_IDS_H_
