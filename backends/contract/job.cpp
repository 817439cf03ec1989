#include "backends/contract/job.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace breakeven {
namespace {

constexpr std::size_t kMaxStoredFailures = 64;
constexpr auto kPoison = std::byte{0xDB};

using Length = std::uint64_t;

// A sum of these over the tasks shows with near certainty that each ran as often as every other. Not linear
// in the index, so that no swap of one task for another cancels out.
constexpr std::uint64_t task_hash(std::size_t task) noexcept {
  const std::uint64_t product = (task + 1) * 0x9E3779B97F4A7C15ULL;
  return product ^ (product >> 29);
}

std::size_t slots(std::size_t tasks, std::size_t stride) {
  if (stride != 0 && tasks > std::numeric_limits<std::size_t>::max() / 2 / stride) {
    throw std::length_error("the payload of " + std::to_string(tasks) +
                            " tasks does not fit into an address space");
  }
  return tasks * stride;
}

// A backend that counts its threads wrongly would write where nothing of ours is.
[[noreturn, gnu::cold, gnu::noinline]] void no_such_worker(unsigned worker, unsigned workers) noexcept {
  std::fprintf(stderr, "a backend ran a task as worker %u, but its workers are 0 to %u\n", worker,
               workers - 1);
  std::abort();
}

}  // namespace

// Makes all inputs, and says what the largest takes.
std::size_t largest_input(Objects& objects, std::size_t tasks) {
  std::size_t largest = 0;
  for (std::size_t task = 0; task < tasks; ++task) {
    objects.make_input(task);
    largest = std::max(largest, objects.input_bytes(task));
  }
  return largest;
}

// What the largest output takes, by running each task once; 0 where none crosses. A task that throws does so again when it
// is measured.
std::size_t largest_output(Objects& objects, std::size_t tasks, bool crosses) {
  std::size_t largest = 0;
  for (std::size_t task = 0; crosses && task < tasks; ++task) {
    try {
      objects.run(task);
      largest = std::max(largest, objects.output_bytes(task));
    } catch (...) {
      continue;
    }
  }
  objects.forget();
  return largest;
}

// The actual length of an output stands in the last bytes of its slot: no line is touched that the
// result does not touch anyway, and none is shared between tasks. A workload without output has no
// slots, and no lengths.
Job::Job(const Workload& workload, std::size_t tasks, unsigned workers, Memory memory, Pages pages,
         bool crosses)
    : workload_(workload),
      objects_(workload.objects()),
      tasks_(tasks),
      input_size_(objects_ ? largest_input(*objects_, tasks) : workload.input_size()),
      output_capacity_(objects_ ? largest_output(*objects_, tasks, crosses) : workload.output_capacity()),
      input_stride_(round_up(input_size_, kCacheLine)),
      output_stride_(output_capacity_ == 0 ? 0 : round_up(output_capacity_ + sizeof(Length), kCacheLine)),
      inputs_(slots(tasks, input_stride_), memory, pages),
      outputs_(slots(tasks, output_stride_), memory, pages),
      workers_(workers),
      tallies_(workers) {
  for (std::size_t task = 0; task < tasks_; ++task) hash_of_all_ += task_hash(task);
}

std::size_t Job::output_bytes(std::size_t task) const {
  if (output_stride_ == 0) return 0;
  return load<Length>({outputs_.data() + (task + 1) * output_stride_ - sizeof(Length), sizeof(Length)});
}

void Job::note_length(std::size_t task, std::size_t bytes) noexcept {
  if (output_stride_ == 0) return;
  store<Length>(bytes, {outputs_.data() + (task + 1) * output_stride_ - sizeof(Length), sizeof(Length)});
}

void Job::note_failure(std::size_t task, std::string message) noexcept {
  failure_count_.fetch_add(1, std::memory_order_relaxed);
  const std::lock_guard lock(failures_mutex_);
  if (failures_.size() < kMaxStoredFailures) failures_.push_back({task, std::move(message)});
}

// In line: it is the whole of the hot path.
inline void Job::execute_task(std::size_t task) noexcept {
  note_length(task, run_task(workload_, input(task), output(task),
                             [this, task](std::string message) { note_failure(task, std::move(message)); }));
}

void Job::execute_object(std::size_t task) noexcept {
  const auto result = attempt(task);
  if (result.failed) note_failure(task, result.message);
}

TaskResult Job::attempt(std::size_t task) noexcept {
  if (!objects_) return run_task(workload_, input(task), output(task));
  try {
    objects_->run(task);
    return {};
  } catch (...) {
    return {.bytes = 0, .failed = true, .message = message_of(std::current_exception())};
  }
}

void Job::serialise(std::size_t first, std::size_t last) {
  if (!objects_) return;
  for (auto task = first; task < last; ++task)
    objects_->write_input(task, {inputs_.data() + task * input_stride_, input_size_});
}

void Job::watch(std::chrono::steady_clock::time_point start) {
  watched_ = true;
  watched_since_ = start;
  spans_.assign(tasks_, {});
}

std::int64_t Job::watched_ns() const noexcept {
  const auto since = std::chrono::steady_clock::now() - watched_since_;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
}

inline Job::Tally& Job::tally(unsigned worker) noexcept {
  if (worker >= workers_) [[unlikely]]
    no_such_worker(worker, workers_);
  return tallies_[worker];
}

void Job::execute(unsigned worker, std::size_t first, std::size_t last) noexcept {
  std::uint64_t hash = 0;
  if (watched_) [[unlikely]] {
    for (std::size_t task = first; task < last; ++task) {
      const auto begin_ns = watched_ns();
      objects_ ? execute_object(task) : execute_task(task);
      spans_[task] = {.begin_ns = begin_ns, .end_ns = watched_ns(), .worker = worker};
      hash += task_hash(task);
    }
  } else if (objects_) [[unlikely]] {
    for (std::size_t task = first; task < last; ++task) {
      execute_object(task);
      hash += task_hash(task);
    }
  } else {
    for (std::size_t task = first; task < last; ++task) {
      execute_task(task);
      hash += task_hash(task);
    }
  }
  Tally& mine = tally(worker);
  mine.done += last - first;
  mine.hash += hash;
}

void Job::complete(unsigned worker, std::size_t task, const TaskResult& result) noexcept {
  if (objects_ && !result.failed) {
    try {
      objects_->read_output(task, {outputs_.data() + task * output_stride_, result.bytes});
    } catch (...) {
      return report(worker, task,
                    {.bytes = 0, .failed = true, .message = message_of(std::current_exception())});
    }
  }
  report(worker, task, result);
}

void Job::report(unsigned worker, std::size_t task, const TaskResult& result) noexcept {
  note_length(task, result.bytes);
  if (result.failed) note_failure(task, result.message);
  Tally& mine = tally(worker);
  ++mine.done;
  mine.hash += task_hash(task);
  if (watched_) [[unlikely]]
    spans_[task] = {.begin_ns = -1, .end_ns = watched_ns(), .worker = worker};
}

void Job::fill(const Workload& source) {
  if (objects_) return;  // their inputs are made
  for (std::size_t task = 0; task < tasks_; ++task) {
    source.fill(task, {inputs_.data() + task * input_stride_, input_size_});
  }
}

void Job::poison() {
  if (objects_) objects_->forget();
  if (outputs_.size() != 0) std::memset(outputs_.data(), static_cast<int>(kPoison), outputs_.size());
}

std::uint32_t Job::digest() const {
  std::uint32_t crc = 0;
  std::vector<std::byte> object;
  for (std::size_t task = 0; task < tasks_; ++task) {
    if (objects_) {
      object.resize(objects_->output_bytes(task));
      objects_->write_output(task, object);
      crc = libdeflate_crc32(crc, object.data(), object.size());
      continue;
    }
    // A poisoned or corrupt length must not read beyond the slot.
    const auto bytes = std::min<std::size_t>(output_bytes(task), output_stride_);
    crc = libdeflate_crc32(crc, outputs_.data() + task * output_stride_, bytes);
  }
  return crc;
}

void Job::reset_tally() {
  std::ranges::fill(tallies_, Tally{});
  failure_count_.store(0, std::memory_order_relaxed);
  const std::lock_guard lock(failures_mutex_);
  failures_.clear();
}

std::optional<std::string> Job::tally_error(std::uint64_t runs, const std::vector<std::size_t>& lost) const {
  std::uint64_t done = lost.size(), hash = 0;
  for (const auto& tally : tallies_) done += tally.done, hash += tally.hash;
  for (const auto task : lost) hash += task_hash(task);
  if (done != runs * tasks_) {
    return std::to_string(done) + " tasks were done where " + std::to_string(runs * tasks_) + " were due";
  }
  if (hash != runs * hash_of_all_) return "some task was done more often than another";
  return std::nullopt;
}

std::vector<TaskFailure> Job::failures() const {
  const std::lock_guard lock(failures_mutex_);
  auto sorted = failures_;
  std::ranges::sort(sorted, {}, &TaskFailure::task);
  return sorted;
}

}  // namespace breakeven
