#include "tests/compiler/runtime/system_declarations.h"

#include "compiler/runtime/system.h"

#define CONSTANT(name) {#name, name}

const declared kDeclared[] = {
    CONSTANT(PROT_READ),
    CONSTANT(PROT_WRITE),
    CONSTANT(MAP_PRIVATE),
    CONSTANT(MAP_ANONYMOUS),
    CONSTANT(MADV_DONTNEED),
    CONSTANT(MADV_HUGEPAGE),
    CONSTANT(MADV_NOHUGEPAGE),
    CONSTANT(AT_PAGESZ),
    {"MAP_FAILED", (long)(intptr_t)MAP_FAILED},
    CONSTANT(CLOCK_MONOTONIC),
    CONSTANT(SYS_futex),
    CONSTANT(FUTEX_WAIT),
    CONSTANT(FUTEX_WAKE),
    CONSTANT(FUTEX_PRIVATE_FLAG),
    {"sizeof(pthread_t)", sizeof(pthread_t)},
    {"sizeof(struct timespec)", sizeof(struct timespec)},
    {"offsetof(tv_nsec)", offsetof(struct timespec, tv_nsec)},
    {"sizeof(long)", sizeof(long)},
    {"sizeof(int)", sizeof(int)},
    {NULL, 0},
};
