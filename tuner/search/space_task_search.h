// The TaskSearch of the product: it joins the compiler's schedule space, a search policy and the tuning
// log.
#ifndef DIAPASON_TUNER_SEARCH_SPACE_TASK_SEARCH_H_
#define DIAPASON_TUNER_SEARCH_SPACE_TASK_SEARCH_H_

#include <vector>

#include "db/record_store.h"
#include "tuner/build/builder.h"
#include "tuner/search/task_search.h"

namespace diapason::tuner {

// Returns a factory of searches. A search uses the built-in sketches and those of the request, or only
// those of the request. Its policy starts from the schedules that a look-up in the log finds, and its cost
// model from the log's records of the same target (related_tasks.h). Both are made again after some
// observations, because the tasks of one job learn from each other. The workload and the sketches are
// stored when a search is made, because only then have they been checked. As long as no schedule of the
// task has worked, each failure is followed by the default schedule of another sketch; the fallback sketch
// is the last.
//
// Workloads and sketches come from users and are not trusted. So `builder`, a pool of worker processes,
// opens each space before this process does. The factory returns the errors of ScheduleSpace::Create. It
// also returns InvalidArgument if the worker crashed or exceeded its deadline, and Unavailable if the
// builder is shutting down. `store` and `builder` must outlive the factory and its searches.
TaskSearchFactory NewSpaceTaskSearchFactory(db::RecordStore& store, Builder& builder,
                                            std::vector<v1::Sketch> built_in_sketches);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_SEARCH_SPACE_TASK_SEARCH_H_
