// The page that `diapason tune` writes: one HTML file without scripts, which loads nothing. It is well-formed
// XML as well, so that programs can read it.
#ifndef DIAPASON_TUNER_REPORT_REPORT_HTML_H_
#define DIAPASON_TUNER_REPORT_REPORT_HTML_H_

#include <string>

#include "tuner/report/report_data.h"

namespace diapason::tuner {

// Returns the page. Of a job with very many tasks it shows those with the largest shares, so that it stays
// below about 300 KB, and it says how many it leaves out. Pure.
std::string ReportHtml(const ReportData& data);

// Returns what is in the page's <body>, for other pages that use the same style sheet (report_style.h).
std::string ReportBody(const ReportData& data);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_REPORT_REPORT_HTML_H_
