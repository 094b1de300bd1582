/* Memory and processors of the process, for the model run-time. */
#ifndef DIAPASON_COMPILER_RUNTIME_MODEL_MEMORY_H_
#define DIAPASON_COMPILER_RUNTIME_MODEL_MEMORY_H_

#include <stddef.h>
#include <stdint.h>

/* Returns the number of processors that the calling thread may use, from 1 to `most`. */
int32_t diapason_processors(int32_t most);

/* Returns zeroed memory, on huge pages if it is large and the system has them, or null if there is not
 * enough. Stores the whole mapping in *mapped and *mapped_bytes, for munmap. */
char* diapason_map_memory(size_t bytes, void** mapped, size_t* mapped_bytes);

/* Advises the system to map the file that these bytes lie in by small pages. It would otherwise map 2 MB
 * where a model reads a few bytes between constants that it has packed, or one row of a large table. */
void diapason_use_small_pages(const void* begin, const void* end);

/* Gives back the memory of the pages that lie inside of these bytes. They must be pages of a file that nobody
 * has changed in memory, such as a library's constants: whoever reads them again gets them from the file. */
void diapason_drop_pages(const void* bytes, int64_t num_bytes);

#endif /* DIAPASON_COMPILER_RUNTIME_MODEL_MEMORY_H_ */
