# The archives that compiled models are linked with. There is one for each architecture that models are compiled for,
# at share/diapason/runtime/ARCHITECTURE. They are compiled with the headers of clang and DLPack only (system.h declares
# the rest), so every machine that can build this project can build all of them. They are never built with sanitizers,
# because users' programs are not.
set(archive_architectures x86_64 aarch64)
set(archive_sources model_memory.c model_runtime.c model_tensors.c thread_pool.c ${portable_kernels})
set(archive_headers kernel_abi.h model_api.h model_memory.h model_runtime.h model_tensors.h system.h thread_pool.h
    portable/elements.h portable/portable_kernels.h)
set(archive_flags -std=c11 -O2 -fPIC -fvisibility=hidden -ffunction-sections -nostdlibinc -Wall -Wextra)
set(archive_flags_aarch64 -mno-outline-atomics)  # generates inline atomics, because a model has no libgcc to call
find_program(LLVM_AR NAMES llvm-ar-22 llvm-ar REQUIRED)
# Clang can compile for every architecture; other compilers cannot.
find_program(DIAPASON_CLANG NAMES clang-22 clang REQUIRED)

find_path(DLPACK_INCLUDE_DIR dlpack/dlpack.h REQUIRED)
set(archive_include_dir ${PROJECT_BINARY_DIR}/runtime_include)
configure_file(${DLPACK_INCLUDE_DIR}/dlpack/dlpack.h ${archive_include_dir}/dlpack/dlpack.h COPYONLY)

set(archives)
foreach(architecture ${archive_architectures})
  set(folder ${PROJECT_BINARY_DIR}/share/diapason/runtime/${architecture})
  set(objects)
  foreach(source ${archive_sources})
    set(object ${folder}/${source}.o)
    cmake_path(GET object PARENT_PATH object_folder)
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${object_folder}
      COMMAND ${DIAPASON_CLANG} --target=${architecture}-unknown-linux-gnu ${archive_flags}
        ${archive_flags_${architecture}} -I${PROJECT_SOURCE_DIR} -isystem ${archive_include_dir} -c -o ${object}
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
  list(APPEND archives ${archive})
endforeach()
add_custom_target(diapason_model_runtime_archives ALL DEPENDS ${archives})
