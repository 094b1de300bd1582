# The archives that compiled models are linked with: one for each architecture whose C library's headers are installed
# (Debian: libc6-dev-arm64-cross), at share/diapason/runtime/ARCHITECTURE. Never sanitized: users' programs are not.
set(archive_sources model_runtime.c model_tensors.c thread_pool.c)
set(archive_headers kernel_abi.h model_api.h model_runtime.h model_tensors.h thread_pool.h)
set(archive_flags -std=c11 -O2 -fPIC -fvisibility=hidden -ffunction-sections -Wall -Wextra)
find_program(LLVM_AR NAMES llvm-ar-22 llvm-ar REQUIRED)
set(archives)

function(add_model_runtime_archive architecture)
  set(folder ${PROJECT_BINARY_DIR}/share/diapason/runtime/${architecture})
  set(objects)
  foreach(source ${archive_sources})
    set(object ${folder}/${source}.o)
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
      COMMAND ${CMAKE_C_COMPILER} ${archive_flags} ${ARGN} -I${PROJECT_SOURCE_DIR} -c -o ${object}
        ${CMAKE_CURRENT_SOURCE_DIR}/${source}
      DEPENDS ${source} ${archive_headers} VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set(archive ${folder}/libdiapason_model_runtime.a)
  add_custom_command(OUTPUT ${archive}
    COMMAND ${CMAKE_COMMAND} -E rm -f ${archive}
    COMMAND ${LLVM_AR} rcsD ${archive} ${objects}
    DEPENDS ${objects} VERBATIM)
  install(FILES ${archive} DESTINATION ${CMAKE_INSTALL_DATADIR}/diapason/runtime/${architecture})
  set(archives ${archives} ${archive} PARENT_SCOPE)
endfunction()

add_model_runtime_archive(${CMAKE_SYSTEM_PROCESSOR})
# Atomics in place: a model has no libgcc to call.
if(CMAKE_C_COMPILER_ID STREQUAL "Clang" AND EXISTS /usr/aarch64-linux-gnu/include/pthread.h
   AND NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
  add_model_runtime_archive(aarch64 --target=aarch64-linux-gnu -mno-outline-atomics)
endif()
add_custom_target(diapason_model_runtime_archives ALL DEPENDS ${archives})
