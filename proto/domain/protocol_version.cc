#include "proto/domain/protocol_version.h"

namespace diapason {

const char* Release() { return DIAPASON_RELEASE; }

std::string VersionText(const std::string& program) { return program + " " + Release(); }

}  // namespace diapason
