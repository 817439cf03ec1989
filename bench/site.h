// A loop of a serial program, recorded, so that `breakeven record` learns what its tasks are like.
//
//   #include "bench/site.h"
//
//   BREAKEVEN_SITE(resize);                  // before the loop: its name
//   for (std::size_t i = 0; i < files.size(); ++i) {
//     BREAKEVEN_TASK(files[i], images[i]);   // first in the body: what a task reads, and what it writes
//     images[i] = resize(files[i]);
//   }
//
// `breakeven record ./program ARGUMENTS` then runs it, and writes resize.profile.json.
//
// Needs nothing but C++17. In a program that is started without `breakeven record` a task costs the test of a flag.
//
// A task lasts from its line to the end of the block. Each execution of the site's line begins a pass: a loop inside
// another loop has one for each time it runs. Input and output may be any expressions of what serialise.h can write,
// std::tie(a, b) among them. A hundred tasks, chosen at random, are sized: the input before its task, the output after
// it, outside its time. One thread runs the tasks of a site, and several sites may be in a program.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bench/serialise.h"

namespace breakeven::site {

namespace detail {

using Clock = std::chrono::steady_clock;

inline std::uint64_t ns_between(Clock::time_point from, Clock::time_point to) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count());
}

inline std::uint64_t processor_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

struct Sized {
  std::uint64_t task = 0, in = 0, out = 0;
};

// What is known of one site. Written by the thread that runs its tasks.
struct Record {
  static constexpr std::size_t kSized = 100;
  static constexpr std::size_t kMostWritten = std::size_t{64} << 20;  // bytes
  static constexpr std::size_t kKept = std::size_t{1} << 22;  // tasks whose times are kept: the first ones

  std::string name;
  std::thread::id thread;
  bool other_threads = false;
  bool nested = false;  // a pass began inside another of the same site
  unsigned open = 0;    // passes that have begun and not ended
  std::uint64_t tasks = 0, threw = 0;
  std::uint64_t tasks_ns = 0;  // of all tasks
  std::uint64_t wall_ns = 0;   // of all passes
  std::uint64_t sizing_ns = 0;
  std::uint64_t write_in_ns = 0,
                write_out_ns = 0;  // what serialising those that are sized took, and how many that were
  std::uint64_t written_in = 0, written_out = 0;
  std::uint64_t cpu_ns = 0;  // of the whole process, during its passes
  long minor_faults = 0, major_faults = 0;
  std::vector<std::uint64_t> times;   // ns
  std::vector<std::uint64_t> passes;  // how many tasks each had
  std::vector<Sized> sized;
  std::uint64_t random = 0x9E3779B97F4A7C15ULL;

  // What a value takes, in bytes; and what it costs to write them, where that is worth the memory.
  template <class T>
  static std::uint64_t measured(const T& value, std::uint64_t& ns, std::uint64_t& count) {
    const auto bytes = serialised_bytes(value);
    if (bytes > kMostWritten) return bytes;
    std::vector<std::byte> buffer(bytes);
    const auto start = Clock::now();
    Writer writer(buffer.data());
    writer(value);
    ns += ns_between(start, Clock::now());
    ++count;
    return bytes;
  }

  // Where in `sized` the next task belongs, or kSized: each is as likely as any other in the end (Vitter's algorithm R).
  std::size_t place() {
    if (sized.size() < kSized) {
      sized.emplace_back();
      return sized.size() - 1;
    }
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    const auto at = random % (tasks + 1);
    return at < kSized ? static_cast<std::size_t>(at) : kSized;
  }
};

class Program;
Program& program();

// All sites of the program. What was recorded is written when it ends.
class Program {
 public:
  Program() {
    const char* folder = std::getenv("BREAKEVEN_RECORD");
    if (folder == nullptr || *folder == '\0') return;
    folder_ = folder;
    process_ = ::getpid();
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (!on() || ::getpid() != process_)
      return;  // a child that was forked meanwhile keeps its copy to itself
    const auto cost = cost_of_a_task();
    std::size_t number = 0;
    for (const auto& record : records_) write(record, number++, cost);
  }

  bool on() const { return !folder_.empty(); }

  Record& record(const char* name) {
    records_.emplace_back();
    records_.back().name = name;
    return records_.back();
  }

 private:
  static std::uint64_t cost_of_a_task();

  void write(const Record& record, std::size_t number, std::uint64_t cost) const {
    const auto path = folder_ + "/site-" + std::to_string(process_) + "-" + std::to_string(number) + ".json";
    std::FILE* file = std::fopen(path.c_str(), "w");
    if (file == nullptr) return;  // `breakeven record` says that nothing came
    std::fprintf(file, "{\"site\": \"");
    for (const char c : record.name) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 || c == '"' || c == '\\')
        std::fprintf(file, "\\u%04x", byte);
      else
        std::fputc(c, file);
    }
    std::fprintf(
        file,
        "\", \"language\": \"c++\", \"tasks\": %llu, \"threw\": %llu, \"other_threads\": %s, \"nested\": %s",
        number_of(record.tasks), number_of(record.threw), record.other_threads ? "true" : "false",
        record.nested ? "true" : "false");
    std::fprintf(
        file,
        ", \"tasks_ns\": %llu, \"wall_ns\": %llu, \"sizing_ns\": %llu, \"cpu_ns\": %llu, \"cost_ns\": %llu",
        number_of(record.tasks_ns), number_of(record.wall_ns), number_of(record.sizing_ns),
        number_of(record.cpu_ns), number_of(cost));
    std::fprintf(file, ", \"minor_faults\": %ld, \"major_faults\": %ld", record.minor_faults,
                 record.major_faults);
    const auto mean = [](std::uint64_t sum, std::uint64_t count) { return count == 0 ? 0 : sum / count; };
    const auto in = number_of(mean(record.write_in_ns, record.written_in));
    const auto out = number_of(mean(record.write_out_ns, record.written_out));
    std::fprintf(file, ", \"serialising_ns\": [%llu, %llu, %llu, %llu]", in, in, out, out);
    list(file, "task_ns", record.times);
    list(file, "passes", record.passes);
    std::fprintf(file, ", \"sizes\": [");
    for (std::size_t i = 0; i < record.sized.size(); ++i) {
      std::fprintf(file, "%s[%llu, %llu, %llu]", i == 0 ? "" : ", ", number_of(record.sized[i].task),
                   number_of(record.sized[i].in), number_of(record.sized[i].out));
    }
    std::fprintf(file, "]}\n");
    std::fclose(file);
  }

  static unsigned long long number_of(std::uint64_t value) { return value; }

  static void list(std::FILE* file, const char* name, const std::vector<std::uint64_t>& values) {
    std::fprintf(file, ", \"%s\": [", name);
    for (std::size_t i = 0; i < values.size(); ++i)
      std::fprintf(file, i == 0 ? "%llu" : ",%llu", number_of(values[i]));
    std::fprintf(file, "]");
  }

  std::string folder_;
  pid_t process_ = 0;
  std::deque<Record> records_;  // whose addresses stay
};

inline Program& program() {
  static Program the;
  return the;
}

}  // namespace detail

// One execution of a loop. On the stack of the thread that runs it.
class Pass {
 public:
  explicit Pass(detail::Record* record) : record_(record) {
    if (record_ == nullptr) return;
    if (record_->tasks == 0 && record_->open == 0) record_->thread = std::this_thread::get_id();
    if (record_->thread != std::this_thread::get_id()) {
      record_->other_threads = true;
      record_ = nullptr;
      return;
    }
    if (record_->open++ != 0) record_->nested = true;
    tasks_before_ = record_->tasks;
    ::getrusage(RUSAGE_SELF, &before_);
    cpu_before_ = detail::processor_ns();
    start_ = detail::Clock::now();
  }
  ~Pass() {
    if (record_ == nullptr) return;
    const auto end = detail::Clock::now();
    const auto cpu = detail::processor_ns();
    rusage after{};
    ::getrusage(RUSAGE_SELF, &after);
    if (--record_->open != 0) return;
    record_->wall_ns += detail::ns_between(start_, end);
    record_->cpu_ns += cpu - cpu_before_;
    record_->minor_faults += after.ru_minflt - before_.ru_minflt;
    record_->major_faults += after.ru_majflt - before_.ru_majflt;
    if (record_->tasks != tasks_before_ && record_->passes.size() < detail::Record::kKept)
      record_->passes.push_back(record_->tasks - tasks_before_);
  }
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

  detail::Record* record() const { return record_; }

 private:
  detail::Record* record_;
  std::uint64_t tasks_before_ = 0, cpu_before_ = 0;
  rusage before_{};
  detail::Clock::time_point start_;
};

// One task: from here to the end of the block. In and Out are references, or values where the expression was a temporary.
template <class In, class Out>
class Task {
 public:
  Task(const Pass& pass, In&& in, Out&& out)
      : record_(pass.record()), in_(std::forward<In>(in)), out_(std::forward<Out>(out)) {
    if (record_ == nullptr) return;
    if (record_->thread != std::this_thread::get_id()) {
      record_->other_threads = true;
      record_ = nullptr;
      return;
    }
    exceptions_ = std::uncaught_exceptions();
    place_ = record_->place();
    if (place_ != detail::Record::kSized) {
      const auto begin = detail::Clock::now();
      record_->sized[place_] = {record_->tasks,
                                detail::Record::measured(in_, record_->write_in_ns, record_->written_in), 0};
      start_ = detail::Clock::now();
      record_->sizing_ns += detail::ns_between(begin, start_);
    }
    start_ = detail::Clock::now();
  }
  ~Task() {
    if (record_ == nullptr) return;
    const auto end = detail::Clock::now();
    const auto ns = detail::ns_between(start_, end);
    record_->tasks_ns += ns;
    ++record_->tasks;
    if (record_->times.size() < detail::Record::kKept) record_->times.push_back(ns);
    if (std::uncaught_exceptions() > exceptions_) {
      ++record_->threw;
    } else if (place_ != detail::Record::kSized) {
      record_->sized[place_].out =
          detail::Record::measured(out_, record_->write_out_ns, record_->written_out);
      record_->sizing_ns += detail::ns_between(end, detail::Clock::now());
    }
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

 private:
  detail::Record* record_;
  In in_;
  Out out_;
  int exceptions_ = 0;
  std::size_t place_ = detail::Record::kSized;
  detail::Clock::time_point start_;
};
template <class In, class Out>
Task(const Pass&, In&&, Out&&) -> Task<In, Out>;

namespace detail {

// What recording costs for each task, measured on empty ones.
inline std::uint64_t Program::cost_of_a_task() {
  constexpr std::uint64_t kTasks = 4096;
  Record empty;
  const auto start = Clock::now();
  {
    const Pass pass(&empty);
    for (std::uint64_t task = 0; task < kTasks; ++task) const Task one(pass, task, task);
  }
  const auto all = ns_between(start, Clock::now());
  return (all - std::min(all, empty.sizing_ns)) / kTasks;
}

}  // namespace detail

}  // namespace breakeven::site

#define BREAKEVEN_SITE(name)                                                                          \
  static ::breakeven::site::detail::Record* const breakeven_record_of_site =                          \
      ::breakeven::site::detail::program().on() ? &::breakeven::site::detail::program().record(#name) \
                                                : nullptr;                                            \
  const ::breakeven::site::Pass breakeven_site(breakeven_record_of_site)

#define BREAKEVEN_TASK(in, out) const ::breakeven::site::Task breakeven_task(breakeven_site, in, out)
