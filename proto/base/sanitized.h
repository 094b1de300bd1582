// Whether this build runs under AddressSanitizer or ThreadSanitizer. Such a process cannot be limited like
// others: its shadow memory takes terabytes of address space, it needs more system calls, and when it
// crashes it ends with an exit code of the sanitizer.
#ifndef DIAPASON_PROTO_BASE_SANITIZED_H_
#define DIAPASON_PROTO_BASE_SANITIZED_H_

namespace diapason {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DIAPASON_SANITIZED
#endif
#endif

// True if this program was built with such a sanitizer.
#ifdef DIAPASON_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace diapason

#endif  // DIAPASON_PROTO_BASE_SANITIZED_H_
