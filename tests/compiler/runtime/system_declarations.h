/* Lists what compiler/runtime/system.h declares, for a test that cannot include it together with the C
 * library's headers. */
#ifndef DIAPASON_TESTS_COMPILER_RUNTIME_SYSTEM_DECLARATIONS_H_
#define DIAPASON_TESTS_COMPILER_RUNTIME_SYSTEM_DECLARATIONS_H_

#ifdef __cplusplus
extern "C" {
#endif

typedef struct declared {
  const char* name;
  long value;
} declared;

/* Constants and sizes. The last element has a null name. */
extern const declared kDeclared[];

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_TESTS_COMPILER_RUNTIME_SYSTEM_DECLARATIONS_H_ */
