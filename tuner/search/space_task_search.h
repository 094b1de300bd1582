// TaskSearch over the compiler's schedule space and a search policy, begun with what the log knows.
#ifndef DIAPASON_TUNER_SEARCH_SPACE_TASK_SEARCH_H_
#define DIAPASON_TUNER_SEARCH_SPACE_TASK_SEARCH_H_

#include <vector>

#include "db/record_store.h"
#include "tuner/build/builder.h"
#include "tuner/search/task_search.h"

namespace diapason::tuner {

// Makes searches with the built-in sketches and those of the request, or with the latter alone. A search's
// policy starts from schedules that were good elsewhere (the look-up ladder), and its cost model from the
// log's records of the same target (related_tasks.h). It begins anew after some of its own observations,
// because tasks of one job teach each other. The workload of a task and its sketches are stored when its
// search is made, and not before: then they are known to be what they say. While no schedule of the task has
// worked, each failure brings the default schedule of another sketch, the fallback sketch's last.
//
// Workloads and sketches come from users: `builder`, a pool of worker processes, tries each space before it
// is opened in this process. Errors besides those of ScheduleSpace::Create: InvalidArgument, the worker
// crashed or exceeded its deadline; Unavailable, the builder is shutting down. `store` and `builder` outlive
// the factory and its searches.
TaskSearchFactory NewSpaceTaskSearchFactory(db::RecordStore& store, Builder& builder,
                                            std::vector<v1::Sketch> built_in_sketches);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_SPACE_TASK_SEARCH_H_
