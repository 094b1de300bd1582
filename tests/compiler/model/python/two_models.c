/* Runs two models that are linked into this program, each on its own thread and on two threads of its own. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "product.h"
#include "squares.h"

enum { kRows = 96, kDepth = 80, kColumns = 112, kRuns = 20 };

static float left[kRows * kDepth], right[kDepth * kColumns], product[kRows * kColumns];
static float numbers[kRows * kColumns], squares[kRows * kColumns];

/* A dense tensor at `data`, as the model describes it. */
static DLTensor tensor(const diapason_tensor_info* info, float* data) {
  DLTensor t;
  memset(&t, 0, sizeof t);
  t.data = data;
  t.device.device_type = kDLCPU;
  t.ndim = info->ndim;
  t.dtype = info->dtype;
  t.shape = (int64_t*)info->shape;
  return t;
}

static void* multiply(void* result) {
  const diapason_model_info* info = product_describe();
  diapason_model* model = NULL;
  DLTensor in[2], out;
  in[0] = tensor(&info->inputs[0], left);
  in[1] = tensor(&info->inputs[1], right);
  out = tensor(&info->outputs[0], product);
  *(int*)result = product_create(2, &model);
  for (int i = 0; i < kRuns && *(int*)result == DIAPASON_OK; ++i)
    *(int*)result = product_run(model, in, 2, &out, 1);
  product_destroy(model);
  return NULL;
}

static void* square(void* result) {
  const diapason_model_info* info = squares_describe();
  diapason_model* model = NULL;
  DLTensor in = tensor(&info->inputs[0], numbers), out = tensor(&info->outputs[0], squares);
  *(int*)result = squares_create(2, &model);
  for (int i = 0; i < kRuns && *(int*)result == DIAPASON_OK; ++i)
    *(int*)result = squares_run(model, &in, 1, &out, 1);
  squares_destroy(model);
  return NULL;
}

int main(void) {
  /* Small integers, so that the sums are exact. */
  for (int i = 0; i < kRows * kDepth; ++i) left[i] = (float)(i % 13 - 6);
  for (int i = 0; i < kDepth * kColumns; ++i) right[i] = (float)(i % 7 - 3);
  for (int i = 0; i < kRows * kColumns; ++i) numbers[i] = (float)(i % 100);
  pthread_t threads[2];
  int results[2];
  if (pthread_create(&threads[0], NULL, multiply, &results[0]) != 0) return 2;
  if (pthread_create(&threads[1], NULL, square, &results[1]) != 0) return 2;
  for (int i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  for (int i = 0; i < 2; ++i) {
    if (results[i] != DIAPASON_OK) return 3;
  }
  for (int m = 0; m < kRows; ++m) {
    for (int n = 0; n < kColumns; ++n) {
      float sum = 0;
      for (int k = 0; k < kDepth; ++k) sum += left[m * kDepth + k] * right[k * kColumns + n];
      if (product[m * kColumns + n] != sum) return 4;
      if (squares[m * kColumns + n] != numbers[m * kColumns + n] * numbers[m * kColumns + n]) return 5;
    }
  }
  DLTensor wrong = tensor(&product_describe()->outputs[0], product);
  diapason_model* model = NULL;
  if (squares_create(1, &model) != DIAPASON_OK) return 6;
  wrong.ndim = 1;
  if (squares_run(model, &wrong, 1, &wrong, 1) != DIAPASON_INVALID_ARGUMENT) return 7;
  if (strstr(squares_last_error(), "must have the shape [96, 112], not [96]") == NULL) return 8;
  squares_destroy(model);
  puts("both models are right");
  return 0;
}
