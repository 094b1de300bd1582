// TaskSearch over the compiler's schedule space and a search policy, begun with what the log knows.
#ifndef DIAPASON_TUNER_JOB_SPACE_TASK_SEARCH_H_
#define DIAPASON_TUNER_JOB_SPACE_TASK_SEARCH_H_

#include <vector>

#include "db/record_store.h"
#include "tuner/build/builder.h"
#include "tuner/job/task_search.h"

namespace diapason::tuner {

// Searches with the built-in sketches, those of the request besides (or alone). The policy starts from schedules that
// were good elsewhere (the look-up ladder), its cost model from the log's records of the same target. The sketches of
// a task are stored when its search is made. Where a schedule does not build, the other sketches' defaults come next, the
// fallback sketch's last, until something works.
// Workloads and sketches come from users: `builder`, a pool of worker processes, tries each space before it is opened in
// this process. InvalidArgument, besides the errors of ScheduleSpace::Create: the worker crashed, or did not come to an
// end. Unavailable: the builder is shutting down. `store` and `builder` outlive the factory and its searches.
TaskSearchFactory NewSpaceTaskSearchFactory(db::RecordStore& store, Builder& builder,
                                            std::vector<v1::Sketch> built_in_sketches);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_JOB_SPACE_TASK_SEARCH_H_
