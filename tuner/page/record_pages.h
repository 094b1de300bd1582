// The pages about records: the newest that meet some conditions, and each with its measurement and its
// schedule.
#ifndef DIAPASON_TUNER_PAGE_RECORD_PAGES_H_
#define DIAPASON_TUNER_PAGE_RECORD_PAGES_H_

#include <string>

#include "absl/types/span.h"
#include "db/record_store.h"
#include "tuner/page/http_message.h"
#include "tuner/page/server_parts.h"

namespace diapason::tuner {

// The conditions that a request's query states: job, device, workload (an id), outcome=ok. Without a limit.
db::RecordQuery RecordQueryOf(const HttpRequest& request);

// The newest records, and a form for the conditions.
HttpResponse RecordsPage(const ServerParts& server, const HttpRequest& request);

// One record.
HttpResponse RecordPage(const ServerParts& server, const std::string& trial_id);

// A table of records as HTML.
std::string RecordTable(absl::Span<const v1::Record> records);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_PAGE_RECORD_PAGES_H_
