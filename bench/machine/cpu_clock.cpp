#include "bench/machine/cpu_clock.h"

#include <sys/resource.h>
#include <time.h>

namespace breakeven {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

nanoseconds read_clock(clockid_t clock) {
  timespec now{};
  if (::clock_gettime(clock, &now) != 0) return nanoseconds{0};
  return seconds{now.tv_sec} + nanoseconds{now.tv_nsec};
}

nanoseconds of(const timeval& time) { return seconds{time.tv_sec} + microseconds{time.tv_usec}; }

}  // namespace

nanoseconds cpu_time(const std::vector<WorkerId>& workers) {
  nanoseconds sum = read_clock(CLOCK_PROCESS_CPUTIME_ID);
  rusage reaped{};
  if (::getrusage(RUSAGE_CHILDREN, &reaped) == 0) sum += of(reaped.ru_utime) + of(reaped.ru_stime);
  for (const auto& worker : workers) {
    clockid_t clock;
    if (worker.kind == WorkerId::Kind::kProcess && ::clock_getcpuclockid(worker.id, &clock) == 0)
      sum += read_clock(clock);
  }
  return sum;
}

}  // namespace breakeven
