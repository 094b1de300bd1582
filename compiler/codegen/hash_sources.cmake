# Writes a C++ source that defines NAME as the first 12 hexadecimal digits of a hash over files and their names:
#   cmake -D ROOT=DIR -D FILES=LIST -D NAME=kCpuSourceHash -D OUT=source_hash.cc -P hash_sources.cmake
# LIST holds one path a line, relative to ROOT. Nothing but these paths, in this order, and the bytes of the files
# goes into the hash, so that equal sources have equal hashes on all machines. OUT is written only when it changes.
cmake_minimum_required(VERSION 3.25)
file(STRINGS "${FILES}" paths)
set(text "")
foreach(path IN LISTS paths)
  file(SHA256 "${ROOT}/${path}" hash)  # a fatal error where there is no such file
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
