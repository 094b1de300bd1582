// Describes an HTTP API whose answers are protobuf messages as OpenAPI 3.0
// (https://spec.openapis.org/oas/v3.0.3).
#ifndef DIAPASON_TUNER_PAGE_OPEN_API_H_
#define DIAPASON_TUNER_PAGE_OPEN_API_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"

namespace diapason::tuner {

// A parameter of a query. All are optional texts.
struct ApiParameter {
  std::string name;
  std::string description;  // without a full stop
};

// One path of the API.
struct ApiPath {
  const char* method = "GET";  // or "POST"
  const char* pattern = "";    // after the prefix, e.g. "jobs/{job}/cancel", with at most one {...}
  const char* summary = "";    // one sentence
  const char* media_type = "";
  const google::protobuf::Descriptor* message = nullptr;  // of the answer; null: any object
  const char* list = "";  // if not empty, the answer is an object with a list of messages under this name
  std::vector<ApiParameter> parameters = {};
};

// Returns the description as JSON in one line. Pure.
std::string OpenApiOf(const std::string& prefix, absl::Span<const ApiPath> paths);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_PAGE_OPEN_API_H_
