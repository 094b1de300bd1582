/* Runs the kernel in kernel.o and compares its result with a product that is computed here. M, N and K are
 * the shape. With LAYER the kernel has a bias and a relu, and B and the bias are constants. */
#include <math.h>
#include <stdio.h>

/* A kernel ignores surplus arguments. `packed` is large enough for either operand with padding. */
void workload(float* a, float* b, float* bias_or_c, float* c_or_packed, float* packed);
void __attribute__((weak)) workload_prepare(float* a, float* b, float* bias, float* c, float* packed);

static float a[M * K] __attribute__((aligned(64)));
static float b[K * N] __attribute__((aligned(64)));
static float bias[N] __attribute__((aligned(64)));
static float c[M * N] __attribute__((aligned(64)));
static float packed[4 * K * N] __attribute__((aligned(64)));

static float next(void) { /* in [-1, 1), the same in every run */
  static unsigned state = 1;
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) / (float)(1 << 23) - 1;
}

int main(void) {
  for (int i = 0; i < M * K; ++i) a[i] = next();
  for (int i = 0; i < K * N; ++i) b[i] = next();
  for (int i = 0; i < M * N; ++i) c[i] = NAN;
#ifdef LAYER
  for (int i = 0; i < N; ++i) bias[i] = next();
  if (workload_prepare) workload_prepare(a, b, bias, c, packed);
  workload(a, b, bias, c, packed);
#else
  workload(a, b, c, NULL, NULL);
#endif
  int wrong = 0;
  for (int m = 0; m < M; ++m) {
    for (int n = 0; n < N; ++n) {
      double sum = bias[n];
      for (int k = 0; k < K; ++k) sum += (double)a[m * K + k] * b[k * N + n];
#ifdef LAYER
      sum = sum > 0 ? sum : 0;
#endif
      if (fabs(c[m * N + n] - sum) <= 1e-4) continue;
      if (++wrong <= 3) printf("c[%d, %d] is %g, not %g\n", m, n, (double)c[m * N + n], sum);
    }
  }
  if (wrong > 0) printf("%d of %d elements are wrong\n", wrong, M * N);
  return wrong > 0;
}
