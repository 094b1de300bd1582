// All paths that tuner-server --http answers. docs/web-page.md lists them for users.
#ifndef DIAPASON_TUNER_PAGE_SITE_H_
#define DIAPASON_TUNER_PAGE_SITE_H_

#include <utility>

#include "tuner/page/http_message.h"
#include "tuner/page/server_parts.h"

namespace diapason::tuner {

// Thread-safe.
class Site {
 public:
  explicit Site(ServerParts parts) : parts_(std::move(parts)) {}

  // Never fails: an error is an answer that says it.
  HttpResponse Answer(const HttpRequest& request) const;

 private:
  const ServerParts parts_;
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_PAGE_SITE_H_
