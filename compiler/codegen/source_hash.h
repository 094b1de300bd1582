// For each back end a hash of its sources, which is a part of its version. hash_sources.cmake generates the
// definitions; CMakeLists.txt says which sources are hashed.
#ifndef DIAPASON_COMPILER_CODEGEN_SOURCE_HASH_H_
#define DIAPASON_COMPILER_CODEGEN_SOURCE_HASH_H_

namespace diapason::compiler::codegen {

// The hash for the CPU back end, as 12 hexadecimal digits.
extern const char kCpuSourceHash[];

}  // namespace diapason::compiler::codegen

#endif  // DIAPASON_COMPILER_CODEGEN_SOURCE_HASH_H_
