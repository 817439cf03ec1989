// The kernel: which one, what it does to addresses and pages, which clock it reads, what it lets be counted.
#include <sstream>

#include "bench/machine/parts.h"

namespace breakeven {
namespace {

// Of "always [madvise] never", the word in brackets.
Json chosen(const std::optional<std::string>& text) {
  const auto open = text ? text->find('[') : std::string::npos;
  const auto close = text ? text->find(']') : std::string::npos;
  return open < close && close != std::string::npos ? Json(text->substr(open + 1, close - open - 1)) : Json();
}

// Whether this process asked for fixed addresses (setarch -R).
Json randomization_disabled(const SystemFiles& files) {
  constexpr unsigned kAddrNoRandomize = 0x0040000;  // <sys/personality.h>
  const auto personality = files.text("/proc/self/personality");
  unsigned bits = 0;
  if (!personality || !(std::istringstream(*personality) >> std::hex >> bits)) return nullptr;
  return (bits & kAddrNoRandomize) != 0;
}

Json kibibytes_field(const SystemFiles& files, const std::string& key) {
  const auto text = files.field("/proc/meminfo", key);
  std::uint64_t kibibytes = 0;
  if (!text || !(std::istringstream(*text) >> kibibytes)) return nullptr;
  return kibibytes * 1024;
}

std::string unquoted(const std::string& text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

Json kernel_json(const SystemFiles& files) {
  const auto release = files.text("/proc/sys/kernel/osrelease");
  const auto distribution = files.field("/etc/os-release", "PRETTY_NAME");
  const std::string huge_pages = "/sys/kernel/mm/transparent_hugepage/";
  return {{"kernel", release ? Json("Linux " + *release) : Json()},
          {"kernel_build", or_null(files.text("/proc/sys/kernel/version"))},
          {"distribution", distribution ? Json(unquoted(*distribution)) : Json()},
          {"aslr", or_null(files.integer("/proc/sys/kernel/randomize_va_space"))},
          {"aslr_disabled_for_process", randomization_disabled(files)},
          {"thp_enabled", chosen(files.text(huge_pages + "enabled"))},
          {"thp_defrag", chosen(files.text(huge_pages + "defrag"))},
          {"clocksource",
           or_null(files.text("/sys/devices/system/clocksource/clocksource0/current_clocksource"))},
          {"perf_event_paranoid", or_null(files.integer("/proc/sys/kernel/perf_event_paranoid"))}};
}

Json memory_json(const SystemFiles& files) {
  const auto total = kibibytes_field(files, "SwapTotal"), free = kibibytes_field(files, "SwapFree");
  Json used;
  if (total.is_number() && free.is_number()) used = total.get<std::uint64_t>() - free.get<std::uint64_t>();
  return {
      {"memory_bytes", kibibytes_field(files, "MemTotal")}, {"swap_bytes", total}, {"swap_used_bytes", used}};
}

Json load_json(const SystemFiles& files) {
  std::istringstream text(files.text("/proc/loadavg").value_or(""));
  double one = 0, five = 0, fifteen = 0;
  unsigned runnable = 0;
  if (!(text >> one >> five >> fifteen >> runnable)) return {{"average", nullptr}, {"runnable", nullptr}};
  return {{"average", {one, five, fifteen}}, {"runnable", runnable}};
}

}  // namespace breakeven
