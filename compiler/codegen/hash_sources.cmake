# Writes a C++ source that defines NAME as the first 12 hexadecimal digits of a hash over files and their names:
#   cmake -D ROOT=DIR -D FILES=LIST -D NAME=kCpuSourceHash -D OUT=source_hash.cc -P hash_sources.cmake
# LIST holds one path on each line, relative to ROOT. The hash depends only on these paths, their order and the
# bytes of the files, so that equal sources have equal hashes on all machines. OUT is written only if it changes.
cmake_minimum_required(VERSION 3.25)
file(STRINGS "${FILES}" paths)
set(text "")
foreach(path IN LISTS paths)
  file(SHA256 "${ROOT}/${path}" hash)  # ends with an error if the file does not exist
  string(APPEND text "${hash}  ${path}\n")
endforeach()
string(SHA256 hash "${text}")
string(SUBSTRING "${hash}" 0 12 hash)
file(CONFIGURE OUTPUT "${OUT}" @ONLY CONTENT [[
#include "compiler/codegen/source_hash.h"

namespace diapason::compiler::codegen {

const char @NAME@[] = "@hash@";

}  // namespace diapason::compiler::codegen
]])
