// Sanitizers need more address space and system calls than limits leave, and end a process that faults by an
// exit code of their own.
#ifndef DIAPASON_TESTS_TESTING_SANITIZED_H_
#define DIAPASON_TESTS_TESTING_SANITIZED_H_

namespace diapason::testing {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DIAPASON_SANITIZED
#endif
#endif

#ifdef DIAPASON_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace diapason::testing

#endif  // DIAPASON_TESTS_TESTING_SANITIZED_H_
