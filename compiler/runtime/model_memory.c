#include "compiler/runtime/model_memory.h"

#include "compiler/runtime/system.h"

/* From this size on, memory is put on huge pages. It is also their size on the machines that have them. */
static const size_t kHugePage = (size_t)2 << 20;

int32_t diapason_processors(int32_t most) {
  uint64_t mask[64] = {0};
  if (sched_getaffinity(0, sizeof mask, mask) != 0) return 1;
  int32_t count = 0;
  for (size_t i = 0; i < sizeof mask / sizeof *mask; ++i) count += __builtin_popcountll(mask[i]);
  return count < most ? count : most;
}

char* diapason_map_memory(size_t bytes, void** mapped, size_t* mapped_bytes) {
  const size_t slack = bytes < kHugePage ? 0 : kHugePage;
  *mapped_bytes = bytes + slack;
  *mapped = mmap(NULL, *mapped_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (*mapped == MAP_FAILED) {
    *mapped = NULL;
    return NULL;
  }
  char* memory = *mapped;
  if (slack > 0) {
    memory += (kHugePage - (uintptr_t)memory % kHugePage) % kHugePage;
    madvise(memory, bytes, MADV_HUGEPAGE); /* without huge pages, small pages are used */
  }
  return memory;
}

/* Advises the system about the pages that lie inside of some bytes. It may ignore the advice. */
static void advise(uintptr_t begin, uintptr_t end, int advice) {
  const uintptr_t page = getauxval(AT_PAGESZ);
  begin = (begin + page - 1) / page * page;
  end = end / page * page;
  if (begin < end) madvise((void*)begin, end - begin, advice);
}

void diapason_use_small_pages(const void* begin, const void* end) {
  advise((uintptr_t)begin, (uintptr_t)end, MADV_NOHUGEPAGE);
}

void diapason_drop_pages(const void* bytes, int64_t num_bytes) {
  advise((uintptr_t)bytes, (uintptr_t)bytes + (uintptr_t)num_bytes, MADV_DONTNEED);
}
