// The page that `diapason tune` writes: one HTML file without scripts, which loads nothing. It is well-formed
// XML as well, so that programs can read it.
#ifndef DIAPASON_TUNER_CLI_REPORT_HTML_H_
#define DIAPASON_TUNER_CLI_REPORT_HTML_H_

#include <string>

#include "tuner/cli/report_data.h"

namespace diapason::tuner {

// Pure. A job with very many tasks is cut to those with the largest shares, so that the page stays below
// about 300 KB; the page says how many it leaves out.
std::string ReportHtml(const ReportData& data);

}  // namespace diapason::tuner

#endif  // DIAPASON_TUNER_CLI_REPORT_HTML_H_
