// The pages about devices: the list of all, and each with what it is, how it is and what it did.
#ifndef DIAPASON_TUNER_PAGE_DEVICE_PAGES_H_
#define DIAPASON_TUNER_PAGE_DEVICE_PAGES_H_

#include <string>

#include "tuner/page/http_message.h"
#include "tuner/page/server_parts.h"

namespace diapason::tuner {

HttpResponse DevicesPage(const ServerParts& server);

// One device. A device that the tracker does not know, but the log does, is shown with its records only.
HttpResponse DevicePage(const ServerParts& server, const std::string& device_id);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_PAGE_DEVICE_PAGES_H_
