/* A user's program, in C and C++. `use_model INPUT OUTPUT` runs the model on the floats of a file. */
#include <stdio.h>
#include <string.h>

#include "small.h"

static void describe(const diapason_tensor_info* info, float* data, DLTensor* tensor) {
  DLTensor t;
  memset(&t, 0, sizeof t);
  t.data = data;
  t.device.device_type = kDLCPU;
  t.ndim = info->ndim;
  t.dtype = info->dtype;
  t.shape = (int64_t*)info->shape;
  *tensor = t;
}

int main(int argc, char** argv) {
  const diapason_model_info* info = small_describe();
  float x[576], y[10];
  DLTensor input, output;
  diapason_model* model = NULL;
  FILE* file = argc == 3 ? fopen(argv[1], "rb") : NULL;
  if (file == NULL || fread(x, sizeof x, 1, file) != 1) return 2;
  fclose(file);
  describe(&info->inputs[0], x, &input);
  describe(&info->outputs[0], y, &output);
  if (small_create(2, &model) != DIAPASON_OK || small_run(model, &input, 1, &output, 1) != DIAPASON_OK) {
    puts(small_last_error());
    return 3;
  }
  if (small_run(model, &output, 1, &output, 1) != DIAPASON_INVALID_ARGUMENT) return 4;
  puts(small_last_error());
  small_destroy(model);
  file = fopen(argv[2], "wb");
  if (file == NULL || fwrite(y, sizeof y, 1, file) != 1) return 5;
  return fclose(file);
}
