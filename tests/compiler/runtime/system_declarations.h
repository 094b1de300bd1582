/* What compiler/runtime/system.h says, for a test that cannot include it beside the C library's headers. */
#ifndef DIAPASON_TESTS_COMPILER_RUNTIME_SYSTEM_DECLARATIONS_H_
#define DIAPASON_TESTS_COMPILER_RUNTIME_SYSTEM_DECLARATIONS_H_

#ifdef __cplusplus
extern "C" {
#endif

typedef struct declared {
  const char* name;
  long value;
} declared;

/* Constants and sizes; ended by a null name. */
extern const declared kDeclared[];

#ifdef __cplusplus
}
#endif

#endif /* DIAPASON_TESTS_COMPILER_RUNTIME_SYSTEM_DECLARATIONS_H_ */
