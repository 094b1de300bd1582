#include "compiler/runtime/model_runtime.h"

#include "compiler/runtime/model_memory.h"
#include "compiler/runtime/model_tensors.h"
#include "compiler/runtime/system.h"
#include "compiler/runtime/thread_pool.h"

enum { kMaxThreads = 1024 };

/* Added so that the threads' scratch, and neighbours in the block, are not a multiple of a page apart.
 * Their cache lines would otherwise compete for the same sets of the caches. */
static const size_t kStagger = 3 * DIAPASON_ALIGNMENT;

/* An argument for which the caller provides a new address at every run. */
typedef struct binding {
  void** slot;
  int64_t offset;
  int32_t tensor;
  int32_t space;
} binding;

struct diapason_model {
  const diapason_model_table* table;
  diapason_thread_pool* pool;
  void* memory; /* one block: packed constants, arena, workspace, scratch */
  size_t memory_bytes;
  char* arena;
  char* workspace;
  char* scratch;
  size_t scratch_stride;
  void** arguments;       /* for each call in turn: its arguments, then its packed constants */
  void*** call_arguments; /* by call: where its arguments begin */
  binding* bindings;
  int64_t num_bindings;
  int64_t* sizes;                    /* of outputs, as the last run has found them */
  diapason_stage_times* stage_times; /* of all calls' stages, in the order of execution */
};

/* ---- for create */

static size_t aligned(size_t bytes) {
  return (bytes + DIAPASON_ALIGNMENT - 1) / DIAPASON_ALIGNMENT * DIAPASON_ALIGNMENT;
}

static int32_t check_table(const diapason_model_table* table) {
  if (table->version != DIAPASON_MODEL_TABLE_VERSION) {
    return diapason_fail(DIAPASON_BROKEN,
                         "the model's table has version %lld, but the run-time has version %d",
                         (long long)table->version, DIAPASON_MODEL_TABLE_VERSION);
  }
  for (int32_t i = 0; i < table->info->num_calls; ++i) {
    const diapason_model_call* call = &table->calls[i];
    if (call->kernel->abi_version != DIAPASON_KERNEL_ABI_VERSION ||
        call->kernel->num_arguments != call->num_arguments || call->packed_by > i) {
      return diapason_fail(DIAPASON_BROKEN, "call %d (%s) does not fit its kernel", i, table->info->calls[i]);
    }
  }
  return DIAPASON_OK;
}

/* Lays out and maps the block, and sets the pointers to every call's packed constants. */
static int32_t allocate_memory(diapason_model* model, int32_t threads) {
  const diapason_model_table* table = model->table;
  size_t workspace_bytes = 0, scratch_bytes = 0, packed_bytes = 0;
  for (int32_t i = 0; i < table->info->num_calls; ++i) {
    const diapason_kernel* kernel = table->calls[i].kernel;
    if ((size_t)kernel->workspace_bytes > workspace_bytes) workspace_bytes = (size_t)kernel->workspace_bytes;
    if ((size_t)kernel->scratch_bytes > scratch_bytes) scratch_bytes = (size_t)kernel->scratch_bytes;
    for (int64_t p = 0; table->calls[i].packed_by == i && p < kernel->num_packed; ++p) {
      packed_bytes += aligned((size_t)kernel->packed_bytes[p]) + kStagger;
    }
  }
  model->scratch_stride = aligned(scratch_bytes) + kStagger;
  const size_t arena_at = packed_bytes;
  const size_t workspace_at = arena_at + aligned((size_t)table->arena_bytes) + kStagger;
  const size_t scratch_at = workspace_at + aligned(workspace_bytes) + kStagger;
  const size_t bytes = scratch_at + (size_t)threads * model->scratch_stride;
  char* memory = diapason_map_memory(bytes, &model->memory, &model->memory_bytes);
  if (memory == NULL)
    return diapason_fail(DIAPASON_OUT_OF_MEMORY,
                         "there is not enough memory for the model, which needs %zu bytes", bytes);
  model->arena = memory + arena_at;
  model->workspace = memory + workspace_at;
  model->scratch = memory + scratch_at;
  /* No run shall cause a page fault. Packing touches the other pages. */
  memset(model->arena, 0, bytes - arena_at);

  char* packed = memory;
  for (int32_t i = 0; i < table->info->num_calls; ++i) {
    const diapason_model_call* call = &table->calls[i];
    void** slots = model->call_arguments[i] + call->num_arguments;
    for (int64_t p = 0; p < call->kernel->num_packed; ++p) {
      if (call->packed_by != i) {
        slots[p] = model->call_arguments[call->packed_by][call->num_arguments + p];
        continue;
      }
      slots[p] = packed;
      packed += aligned((size_t)call->kernel->packed_bytes[p]) + kStagger;
    }
  }
  return DIAPASON_OK;
}

/* Whether the argument is in a tensor of the caller, so that its address is known only when the model
 * runs. */
static int is_callers(const diapason_model_argument* argument) {
  return argument->space == DIAPASON_INPUT || argument->space == DIAPASON_OUTPUT ||
         argument->space == DIAPASON_INPUT_CONSTANT;
}

/* Allocates the lists of arguments, which are still empty, and room for every binding. */
static int32_t allocate_lists(diapason_model* model) {
  const diapason_model_table* table = model->table;
  const int32_t num_calls = table->info->num_calls;
  size_t arguments = 0, bindings = 0, stages = 0;
  for (int32_t i = 0; i < num_calls; ++i) {
    const diapason_model_call* call = &table->calls[i];
    arguments += (size_t)(call->num_arguments + call->kernel->num_packed);
    stages += (size_t)call->kernel->num_stages;
    for (int64_t a = 0; a < call->num_arguments; ++a) bindings += is_callers(&call->arguments[a]);
  }
  /* Each list gets one more element, so that it never has zero bytes. */
  model->arguments = calloc(arguments + 1, sizeof *model->arguments);
  model->call_arguments = calloc((size_t)num_calls + 1, sizeof *model->call_arguments);
  model->bindings = calloc(bindings + 1, sizeof *model->bindings);
  model->stage_times = calloc(stages + 1, sizeof *model->stage_times);
  model->sizes = calloc((size_t)table->num_sizes + 1, sizeof *model->sizes);
  if (model->arguments == NULL || model->call_arguments == NULL || model->bindings == NULL ||
      model->stage_times == NULL || model->sizes == NULL) {
    return diapason_fail(DIAPASON_OUT_OF_MEMORY, "there is not enough memory for the model's lists");
  }
  void** next = model->arguments;
  for (int32_t i = 0; i < num_calls; ++i) {
    model->call_arguments[i] = next;
    next += table->calls[i].num_arguments + table->calls[i].kernel->num_packed;
  }
  return DIAPASON_OK;
}

/* Arguments in the arena and constants get their final address. The caller's tensors get a binding. */
static void resolve_arguments(diapason_model* model) {
  for (int32_t i = 0; i < model->table->info->num_calls; ++i) {
    const diapason_model_call* call = &model->table->calls[i];
    for (int64_t a = 0; a < call->num_arguments; ++a) {
      const diapason_model_argument* argument = &call->arguments[a];
      void** slot = &model->call_arguments[i][a];
      if (argument->space == DIAPASON_ARENA) {
        *slot = model->arena + argument->offset;
      } else if (argument->space == DIAPASON_CONSTANT) {
        *slot = (char*)model->table->constants[argument->index] + argument->offset;
      } else if (argument->space == DIAPASON_SIZE) {
        *slot = &model->sizes[argument->index];
      } else {
        model->bindings[model->num_bindings++] =
            (binding){slot, argument->offset, (int32_t)argument->index, (int32_t)argument->space};
      }
    }
  }
}

static void fill(char* arena, const diapason_model_fill* f) {
  for (int64_t i = 0; i < f->count; ++i) {
    char* run = arena + f->offset + i * f->stride;
    if (f->pattern == 0) {
      memset(run, 0, (size_t)f->length);
      continue;
    }
    for (int64_t b = 0; b < f->length; b += f->element_bytes) {
      switch (f->element_bytes) { /* a conversion takes the low bytes for any byte order */
        case 1:
          *(int8_t*)(run + b) = (int8_t)f->pattern;
          break;
        case 4:
          *(int32_t*)(run + b) = (int32_t)f->pattern;
          break;
        default:
          *(int64_t*)(run + b) = f->pattern;
          break;
      }
    }
  }
}

/* Applies the fills for `before_call`, from number `next` on. Returns the number of the first fill that
 * was not applied. */
static int64_t apply_fills(const diapason_model* model, int64_t next, int64_t before_call) {
  const diapason_model_table* table = model->table;
  for (; next < table->num_fills && table->fills[next].before_call == before_call; ++next) {
    fill(model->arena, &table->fills[next]);
  }
  return next;
}

static int packs_inputs(const diapason_model_call* call) {
  for (int64_t a = 0; a < call->num_arguments; ++a) {
    if (call->arguments[a].space == DIAPASON_INPUT_CONSTANT) return 1;
  }
  return 0;
}

/* Whether the call packs constants, and they are inputs, or not. */
static int packs(const diapason_model* model, int64_t i, int from_inputs) {
  const diapason_model_call* call = &model->table->calls[i];
  return call->packed_by == i && call->kernel->prepare != NULL && packs_inputs(call) == from_inputs;
}

/* Packs the constants of all calls that have constants among the inputs. */
static void pack_inputs(diapason_model* model) {
  for (int32_t i = 0; i < model->table->info->num_calls; ++i) {
    if (packs(model, i, /*from_inputs=*/1))
      model->table->calls[i].kernel->prepare(model->call_arguments[i], model->workspace);
  }
}

/* The body of a stage over all calls: packs the library's constants. The pages that were read are given back
 * at once, so that constants and packed constants are never in memory together as a whole. */
static void pack_calls(void* const* arguments, void* shared, void* workspace, int64_t begin, int64_t end) {
  const diapason_model* model = (const diapason_model*)arguments;
  (void)shared;
  for (int64_t i = begin; i < end; ++i) {
    if (!packs(model, i, /*from_inputs=*/0)) continue;
    const diapason_model_call* call = &model->table->calls[i];
    call->kernel->prepare(model->call_arguments[i], workspace);
    for (int64_t a = 0; a < call->num_arguments; ++a) {
      const diapason_model_argument* argument = &call->arguments[a];
      if (argument->space == DIAPASON_CONSTANT)
        diapason_drop_pages(model->table->constants[argument->index],
                            model->table->constant_bytes[argument->index]);
    }
  }
}

/* Constants are read once, row by row, or between others that are not needed any more. */
static void use_small_pages(const diapason_model_table* table) {
  const char *begin = NULL, *end = NULL;
  for (int64_t i = 0; i < table->num_constants; ++i) {
    const char* constant = table->constants[i];
    if (begin == NULL || constant < begin) begin = constant;
    if (end == NULL || constant + table->constant_bytes[i] > end) end = constant + table->constant_bytes[i];
  }
  diapason_use_small_pages(begin, end);
}

/* Packs the library's constants on all threads. Each has a workspace of its own meanwhile. */
static int32_t pack_constants(diapason_model* model, int32_t threads) {
  const int32_t num_calls = model->table->info->num_calls;
  size_t workspace_bytes = 0;
  for (int32_t i = 0; i < num_calls; ++i) {
    const size_t bytes = (size_t)model->table->calls[i].kernel->workspace_bytes;
    if (packs(model, i, /*from_inputs=*/0) && bytes > workspace_bytes) workspace_bytes = bytes;
  }
  const size_t stride = aligned(workspace_bytes) + kStagger;
  void* mapped = NULL;
  size_t mapped_bytes = 0;
  char* workspaces = diapason_map_memory(stride * (size_t)threads, &mapped, &mapped_bytes);
  if (workspaces == NULL)
    return diapason_fail(DIAPASON_OUT_OF_MEMORY,
                         "there is not enough memory to pack the model's constants, which needs %zu bytes",
                         stride * (size_t)threads);
  diapason_thread_pool_run(model->pool, pack_calls, (void* const*)model, NULL, workspaces, stride, num_calls,
                           NULL);
  munmap(mapped, mapped_bytes);
  return DIAPASON_OK;
}

static int32_t load(diapason_model* model, int32_t threads) {
  int32_t status = allocate_lists(model);
  if (status == DIAPASON_OK) status = allocate_memory(model, threads);
  if (status != DIAPASON_OK) return status;
  model->pool = diapason_thread_pool_create(threads);
  if (model->pool == NULL)
    return diapason_fail(DIAPASON_NO_THREADS, "the system does not start %d threads", threads);
  resolve_arguments(model);
  use_small_pages(model->table);
  apply_fills(model, 0, -1);
  return pack_constants(model, threads);
}

int32_t diapason_model_create(const diapason_model_table* table, int32_t threads, diapason_model** model) {
  if (model == NULL) return diapason_fail(DIAPASON_INVALID_ARGUMENT, "the pointer to the model is null");
  *model = NULL;
  if (threads < 0 || threads > kMaxThreads) {
    return diapason_fail(
        DIAPASON_INVALID_ARGUMENT,
        "the number of threads is %d; it must be from 1 to %d, or 0 for as many as processors", threads,
        kMaxThreads);
  }
  int32_t status = check_table(table);
  if (status != DIAPASON_OK) return status;
  diapason_model* made = calloc(1, sizeof *made);
  if (made == NULL) return diapason_fail(DIAPASON_OUT_OF_MEMORY, "there is not enough memory for a model");
  made->table = table;
  status = load(made, threads == 0 ? diapason_processors(kMaxThreads) : threads);
  if (status != DIAPASON_OK) {
    diapason_model_destroy(made);
    return status;
  }
  *model = made;
  return DIAPASON_OK;
}

void diapason_model_destroy(diapason_model* model) {
  if (model == NULL) return;
  if (model->pool != NULL) diapason_thread_pool_destroy(model->pool);
  if (model->memory != NULL) munmap(model->memory, model->memory_bytes);
  free(model->sizes);
  free(model->stage_times);
  free(model->bindings);
  free(model->call_arguments);
  free(model->arguments);
  free(model);
}

/* ---- for run */

static double now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static void bind(diapason_model* model, const DLTensor* inputs, const DLTensor* outputs) {
  int new_constants = 0;
  for (int64_t i = 0; i < model->num_bindings; ++i) {
    const binding* b = &model->bindings[i];
    void* address =
        diapason_tensor_data((b->space == DIAPASON_OUTPUT ? outputs : inputs) + b->tensor) + b->offset;
    new_constants |= b->space == DIAPASON_INPUT_CONSTANT && *b->slot != address;
    *b->slot = address;
  }
  if (new_constants) pack_inputs(model);
}

static void execute(diapason_model* model, double* call_us) {
  int64_t next_fill = 0;
  while (next_fill < model->table->num_fills && model->table->fills[next_fill].before_call < 0) ++next_fill;
  diapason_stage_times* times = model->stage_times;
  double begin = call_us != NULL ? now_us() : 0;
  for (int32_t i = 0; i < model->table->info->num_calls; ++i) {
    next_fill = apply_fills(model, next_fill, i);
    const diapason_kernel* kernel = model->table->calls[i].kernel;
    for (int64_t s = 0; s < kernel->num_stages; ++s) {
      diapason_thread_pool_run(model->pool, kernel->stages[s].body, model->call_arguments[i],
                               model->workspace, model->scratch, model->scratch_stride,
                               kernel->stages[s].range, times++);
    }
    if (call_us != NULL) {
      const double end = now_us();
      call_us[i] = end - begin;
      begin = end;
    }
  }
}

static int32_t run(diapason_model* model, const DLTensor* inputs, int32_t num_inputs, DLTensor* outputs,
                   int32_t num_outputs, double* call_us) {
  if (model == NULL) return diapason_fail(DIAPASON_INVALID_ARGUMENT, "the model is null");
  const diapason_model_info* info = model->table->info;
  int32_t status = diapason_check_tensors("input", inputs, num_inputs, info->inputs, info->num_inputs);
  if (status == DIAPASON_OK) {
    status = diapason_check_tensors("output", outputs, num_outputs, info->outputs, info->num_outputs);
  }
  if (status != DIAPASON_OK) return status;
  bind(model, inputs, outputs);
  execute(model, call_us);
  return DIAPASON_OK;
}

int32_t diapason_model_run(diapason_model* model, const DLTensor* inputs, int32_t num_inputs,
                           DLTensor* outputs, int32_t num_outputs) {
  return run(model, inputs, num_inputs, outputs, num_outputs, NULL);
}

int32_t diapason_model_run_timed(diapason_model* model, const DLTensor* inputs, int32_t num_inputs,
                                 DLTensor* outputs, int32_t num_outputs, double* call_us) {
  if (call_us == NULL && model != NULL && model->table->info->num_calls > 0)
    return diapason_fail(DIAPASON_INVALID_ARGUMENT, "the array for the times is null");
  return run(model, inputs, num_inputs, outputs, num_outputs, call_us);
}

int64_t diapason_model_output_size(const diapason_model* model, int32_t output, int32_t dim) {
  if (model == NULL) return -1;
  const diapason_model_table* table = model->table;
  if (output < 0 || output >= table->info->num_outputs) return -1;
  const diapason_tensor_info* info = &table->info->outputs[output];
  if (dim < 0 || dim >= info->ndim) return -1;
  return dim == info->run_time_dim ? model->sizes[table->size_of_output[output]] : info->shape[dim];
}
