// After a run: what its reader would do next, in the words of a shell.
#pragma once

#include <string>

#include "bench/run/run.h"
#include "bench/summary/result_file.h"

namespace breakeven {

// Lines with their ends. Of `measure`: first what one task of the reader's takes and carries.
std::string next_step(const RunPlan& plan, const RunReport& report, const ResultFile& file);

}  // namespace breakeven
