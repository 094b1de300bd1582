// The JSON API under /api/v1/. Its answers are the messages of proto/diapason/v1 in protobuf's JSON
// form, with the field names of the .proto files. One table holds its paths; their description
// (/api/v1/openapi.json, OpenAPI 3.0) is made from the same table and from the messages' descriptors.
#ifndef DIAPASON_TUNER_PAGE_API_H_
#define DIAPASON_TUNER_PAGE_API_H_

#include <string>

#include "tuner/page/http_message.h"
#include "tuner/page/server_parts.h"

namespace diapason::tuner {

// What all paths of the API begin with.
inline constexpr char kApiPrefix[] = "/api/v1/";

// Answers a request to a path that begins with kApiPrefix. An error is a JSON object with the fields
// "code", e.g. "NOT_FOUND", and "message".
HttpResponse AnswerApi(const ServerParts& server, const HttpRequest& request);

// Returns the OpenAPI description.
std::string OpenApiText();

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_PAGE_API_H_
