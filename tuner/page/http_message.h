// A request of a browser or of a program that speaks HTTP, and the answer to it. They know nothing of
// sockets, so that pages are functions that tests can call.
#ifndef DIAPASON_TUNER_PAGE_HTTP_MESSAGE_H_
#define DIAPASON_TUNER_PAGE_HTTP_MESSAGE_H_

#include <functional>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/rpc/caller.h"

namespace diapason::tuner {

struct HttpRequest {
  Caller caller;
  std::string method;                        // "GET" or "POST"; HEAD arrives as GET
  std::string path;                          // decoded, e.g. "/jobs/0f3a"
  std::map<std::string, std::string> query;  // decoded; of names that occur twice, the first value
  std::map<std::string, std::string> form;   // the fields of a posted form, decoded

  // Returns a field of the query, or "" if it is not there.
  std::string Query(const std::string& name) const {
    const auto found = query.find(name);
    return found == query.end() ? "" : found->second;
  }
};

// Sends a part of an answer. Returns false if the other side is gone, or if the server ends.
using HttpSend = std::function<bool(absl::string_view part)>;

struct HttpResponse {
  int status = 200;
  std::string type = "text/html; charset=utf-8";
  std::string body;
  // If set, it is called instead of sending `body`, on the connection's thread. It calls `send` until that
  // returns false or nothing is left, and never goes without calling `send` for longer than 5 s.
  std::function<void(const HttpSend& send)> stream;
  std::map<std::string, std::string> headers;  // besides those that every answer has
};

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_PAGE_HTTP_MESSAGE_H_
