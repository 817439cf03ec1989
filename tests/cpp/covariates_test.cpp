// What could have disturbed a sample: read where it can be, null where not, and set aside only by rule.
#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "backends/contract/error.h"
#include "bench/machine/core_probe.h"
#include "bench/machine/hardware_counters.h"
#include "bench/machine/proc_file.h"
#include "bench/machine/surroundings.h"
#include "bench/machine/usage.h"
#include "bench/plan/set_aside.h"

namespace breakeven {
namespace {

using Clock = std::chrono::steady_clock;

// This thread on its first CPU only, until the end of the scope.
class OnOneCpu {
 public:
  OnOneCpu() {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
      if (CPU_ISSET(cpu, &before_)) CPU_SET(cpu, &one);
    }
    ::sched_setaffinity(0, sizeof one, &one);
  }
  ~OnOneCpu() { ::sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_;
};

TEST(CoreProbe, NeedsTwoCpus) {
  const OnOneCpu on_one;
  const auto probe = probe_cores();
  EXPECT_FALSE(probe.round_trip_ns);
  EXPECT_FALSE(probe.division_slowdown);
}

TEST(CoreProbe, LeavesTheAffinityAsItWas) {
  cpu_set_t before, after;
  ::sched_getaffinity(0, sizeof before, &before);
  probe_cores();
  ::sched_getaffinity(0, sizeof after, &after);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

TEST(Surroundings, HasEveryFieldOrNull) {
  Surroundings surroundings;
  const auto fields = surroundings.after();
  for (const char* name :
       {"line_before_ns", "line_after_ns", "division_slowdown_before", "division_slowdown_after", "steal_ns",
        "throttled_ns", "thermal_throttles", "frequency_mhz", "probe_ns"}) {
    ASSERT_TRUE(fields.contains(name)) << name;
    EXPECT_TRUE(fields.at(name).is_null() || fields.at(name) >= 0) << name;
  }
}

TEST(Surroundings, TakesTheProbeBehindTheLastSampleAsTheOneBeforeThis) {
  const LastProbe last{.cores = {.round_trip_ns = 12.5, .division_slowdown = 1.5},
                       .ended = Clock::now() + std::chrono::hours(1)};
  const auto fields = Surroundings(last).after();
  EXPECT_EQ(fields.at("line_before_ns"), 12.5);
  EXPECT_EQ(fields.at("division_slowdown_before"), 1.5);
  EXPECT_NE(fields.at("line_after_ns"), 12.5);
}

TEST(Surroundings, TakesNoProbeThatIsOld) {
  const LastProbe last{.cores = {.round_trip_ns = 12.5, .division_slowdown = 1.5},
                       .ended = Clock::now() - std::chrono::milliseconds(3)};
  EXPECT_NE(Surroundings(last).after().at("line_before_ns"), 12.5);
}

TEST(Surroundings, TakesNoProbeThatFoundNothing) {
  if (!probe_cores().round_trip_ns) GTEST_SKIP() << "one CPU, or a very busy machine";
  const LastProbe last{.cores = {}, .ended = Clock::now() + std::chrono::hours(1)};
  bool probed = false;  // a machine may take a core away in the middle of any probe
  for (int i = 0; i < 10 && !probed; ++i)
    probed = Surroundings(last).after().at("line_before_ns").is_number();
  EXPECT_TRUE(probed);
}

volatile std::uint64_t g_sink = 0;
void burn() {
  for (int i = 0; i < 20'000'000; ++i) g_sink = g_sink + 1;
}

TEST(Usage, TellsTheCallersCpuTimeFromItsWorkers) {
  const auto before = read_usage({});
  std::thread(burn).join();
  const auto fields = usage_between(before, read_usage({}));
  EXPECT_GT(fields.at("workers_cpu_ns"), 10 * fields.at("caller_cpu_ns").get<double>());
}

// A forked worker that burns CPU time when told to, and lives on.
class LiveWorker {
 public:
  LiveWorker() {
    state_ = new (::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
        std::atomic<int>(0);
    pid_ = ::fork();
    if (pid_ != 0) return;
    while (state_->load() == 0) ::usleep(100);
    burn();
    state_->store(2);
    while (true) ::pause();
  }
  ~LiveWorker() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::munmap(state_, 4096);
  }
  void work() {
    state_->store(1);
    while (state_->load() != 2) ::usleep(100);
  }
  WorkerId id() const { return {WorkerId::Kind::kProcess, pid_}; }

 private:
  std::atomic<int>* state_;
  pid_t pid_;
};

TEST(Usage, CountsALiveForkedWorker) {
  LiveWorker worker;
  const auto before = read_usage({worker.id()});
  worker.work();
  const auto fields = usage_between(before, read_usage({worker.id()}));
  EXPECT_GT(fields.at("workers_cpu_ns"), 5'000'000);
  EXPECT_GT(fields.at("voluntary_switches"), 0);
}

TEST(Usage, DoesNotGuessTheDelayOfWorkersThatAreGone) {
  const auto before = read_usage({});
  std::thread([] {}).join();
  EXPECT_TRUE(usage_between(before, read_usage({})).at("workers_run_delay_ns").is_null());
}

TEST(HardwareCounters, InheritIntoForkedChildrenThatLive) {
  HardwareCounters counters({{"task_clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK}});
  if (counters.per_run(1).at("task_clock").is_null()) {
    counters.resume();
    counters.pause();
    if (counters.per_run(1).at("task_clock").is_null()) GTEST_SKIP() << "this kernel counts no events at all";
  }
  LiveWorker worker;
  counters.resume();
  worker.work();
  counters.pause();
  EXPECT_GT(counters.per_run(1).at("task_clock"), 5e6);
}

TEST(HardwareCounters, AreNullWhereTheKernelHasNone) {
  HardwareCounters counters({{"nothing", PERF_TYPE_HARDWARE, 12345}});
  counters.resume();
  counters.pause();
  EXPECT_TRUE(counters.per_run(1).at("nothing").is_null());
}

TEST(HardwareCounters, AreCountedOrSaidWhyNot) {
  HardwareCounters counters;
  counters.resume();
  burn();
  counters.pause();
  EXPECT_EQ(counters.per_run(1).at("instructions").is_null(), why_no_hardware_counters().has_value());
}

TEST(SetAside, NamesTheRuleThatASampleMeets) {
  const std::vector<SetAsideRule> rules = {{"steal_ns", 0}, {"involuntary_switches", 5}};
  EXPECT_FALSE(why_set_aside(rules, {{"steal_ns", 0}, {"involuntary_switches", 5}}));
  EXPECT_EQ(why_set_aside(rules, {{"steal_ns", 0}, {"involuntary_switches", 6}}).value_or(""),
            "involuntary_switches is 6, above 5.0");
}

TEST(SetAside, LeavesWhatCouldNotBeRead) {
  EXPECT_FALSE(why_set_aside({{"steal_ns", 0}}, {{"steal_ns", nullptr}}));
  EXPECT_FALSE(why_set_aside({{"steal_ns", 0}}, Json::object()));
}

TEST(SetAside, RefusesARuleWithUnknownKeys) {
  EXPECT_THROW(set_aside_rules(Json::parse(R"([{"covariate": "steal_ns", "below": 1}])"), "s"), UsageError);
  EXPECT_THROW(set_aside_rules(Json::parse(R"({"covariate": "steal_ns"})"), "s"), UsageError);
}

TEST(ProcFile, FindsNumbersByPlaceAndByKey) {
  EXPECT_EQ(word_number("cpu  10 20\t30\n", 2), 20u);
  EXPECT_FALSE(word_number("cpu 10", 2));
  EXPECT_EQ(keyed_number("a_b 1\na 2\n", "a"), 2u);
  EXPECT_EQ(keyed_number("voluntary_ctxt_switches:\t7\n", "voluntary_ctxt_switches"), 7u);
  EXPECT_FALSE(keyed_number("a_b 1\n", "a"));
}

}  // namespace
}  // namespace breakeven
