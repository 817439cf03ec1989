// Files that describe a job, which a workload is named after: `command/FILE`, `replay/FILE`.
#pragma once

#include <string>

namespace breakeven {

// A name for a file of this content: at most twenty letters of `first`, and a checksum, so that equal jobs have equal names.
std::string job_file_name(const std::string& first, const std::string& content);

std::string read_job_file(const std::string& path, const char* written_by);  // throws UsageError

}  // namespace breakeven
