/* Declares what the model run-time calls of the C library and of Linux.
 *
 * The C library's own headers are not used for two reasons: those of another architecture are not
 * installed where models are compiled, and the headers of glibc and musl differ. Everything declared
 * here has the same binary form in both libraries, on every 64-bit Linux. So one archive for each
 * architecture, compiled with only what clang brings, works with either library (model_runtime.cmake). A
 * test compares all declarations with the headers of the machine that it runs on.
 *
 * Only the run-time's sources include this file, and never together with the C library's headers.
 */
#ifndef DIAPASON_COMPILER_RUNTIME_SYSTEM_H_
#define DIAPASON_COMPILER_RUNTIME_SYSTEM_H_

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Memory and strings. */
void* calloc(size_t count, size_t size);
void* aligned_alloc(size_t alignment, size_t size);
void free(void* memory);
void* memcpy(void* to, const void* from, size_t size);
void* memset(void* memory, int byte, size_t size);
int snprintf(char* text, size_t size, const char* format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char* text, size_t size, const char* format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* Pages. An off_t is a `long` here. */
enum {
  PROT_READ = 1,
  PROT_WRITE = 2,
  MAP_PRIVATE = 2,
  MAP_ANONYMOUS = 0x20,
  MADV_DONTNEED = 4,
  MADV_HUGEPAGE = 14,
  MADV_NOHUGEPAGE = 15,
};
/* What mmap returns if it fails. */
#define MAP_FAILED ((void*)-1)
/* Map memory, unmap it, and advise the system about its use. munmap and madvise return 0, or -1 if they
 * fail. */
void* mmap(void* address, size_t size, int protection, int flags, int file, long offset);
int munmap(void* address, size_t size);
int madvise(void* address, size_t size, int advice);
/* What the kernel told the process about the machine. AT_PAGESZ is the size of a page. */
enum { AT_PAGESZ = 6 };
unsigned long getauxval(unsigned long type);

/* Threads. A pthread_t is a number in glibc and a pointer in musl; both have the same size. */
typedef uintptr_t pthread_t;
int pthread_create(pthread_t* thread, const void* attributes, void* (*body)(void*), void* argument);
int pthread_join(pthread_t thread, void** result);
int sched_yield(void);

/* Stores the processors that a thread may use, as a mask of `size` bytes. Thread 0 is the calling thread.
 * Returns 0, or another number if it fails. */
int sched_getaffinity(int thread, size_t size, void* mask);

/* Time. */
enum { CLOCK_MONOTONIC = 1 };
/* A point in time. */
struct timespec {
  long tv_sec;  /* seconds */
  long tv_nsec; /* nanoseconds within the second */
};
/* Stores the time of that clock. Returns 0, or -1 if it fails. */
int clock_gettime(int clock, struct timespec* time);

/* Waits for a word of memory to change, and wakes threads that wait. */
enum {
#if defined(__x86_64__)
  SYS_futex = 202,
#elif defined(__aarch64__) || defined(__riscv)
  SYS_futex = 98,
#else
#error "the number of the system call futex is not known for this architecture; add it here"
#endif
  FUTEX_WAIT = 0,
  FUTEX_WAKE = 1,
  FUTEX_PRIVATE_FLAG = 128,
};
/* Makes the system call of that number. Returns its result, or -1 if it fails. */
long syscall(long number, ...);

#ifdef __cplusplus
}
#endif

_Static_assert(sizeof(long) == 8 && sizeof(void*) == 8, "the declarations above are those of 64-bit Linux");

#endif /* DIAPASON_COMPILER_RUNTIME_SYSTEM_H_ */
