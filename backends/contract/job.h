// The tasks of one job with their payload, and the proof that each was run exactly once.
//
// Hot-path accounting costs a count and a hash sum on the running worker's own cache line, no shared byte per
// task: a status byte per task costs an OpenMP loop of chunk 1 two thirds of its speed through false sharing.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "backends/contract/run_task.h"
#include "backends/contract/workload.h"
#include "backends/platform/region.h"

namespace breakeven {

struct TaskFailure {
  std::size_t task = 0;
  std::string message;
};

// When a task ran in a watched run, ns after it began. `begin_ns` is negative where the task ran in another address space:
// its result was in the caller's reach at `end_ns`.
struct TaskSpan {
  std::int64_t begin_ns = -1, end_ns = 0;
  unsigned worker = 0;
};

class Job {
 public:
  // Reserves the slots; nothing is written yet. `workers` bounds the index that execute and complete take. `crosses`:
  // whether tasks run in other address spaces; where tasks are objects, slots are needed for that alone, and each runs
  // once now, so that no output exceeds them. Throws std::system_error when the memory cannot be had.
  Job(const Workload& workload, std::size_t tasks, unsigned workers, Memory memory, Pages pages = Pages::kAny,
      bool crosses = true);

  std::size_t size() const { return tasks_; }
  std::size_t input_size() const { return input_size_; }  // of the largest
  std::size_t output_capacity() const { return output_capacity_; }
  Bytes input(std::size_t task) const { return {inputs_.data() + task * input_stride_, input_size_}; }
  MutableBytes output(std::size_t task) {
    return {outputs_.data() + task * output_stride_, output_capacity_};
  }
  // From the slot of a task to that of the next, bytes.
  std::size_t input_stride() const { return input_stride_; }
  std::size_t output_stride() const { return output_stride_; }
  std::uint64_t memory_id() const { return outputs_.id(); }  // Region::id of the younger of its regions
  std::size_t output_bytes(std::size_t task) const;          // actual length, as last completed

  // Runs tasks [first, last) in this address space. Thread-safe for distinct workers and disjoint ranges.
  void execute(unsigned worker, std::size_t first, std::size_t last) noexcept;

  // Runs a task in this address space, to be reported later.
  TaskResult attempt(std::size_t task) noexcept;
  void report(unsigned worker, std::size_t task, const TaskResult& result) noexcept;

  // Reports a task that ran in another address space; its output bytes already stand in output(task).
  void complete(unsigned worker, std::size_t task, const TaskResult& result) noexcept;

  // Where tasks are objects: what a task's input takes, and its bytes into its slot. Else the slots hold them already.
  bool has_objects() const { return objects_ != nullptr; }
  std::size_t input_bytes(std::size_t task) const {
    return objects_ ? objects_->input_bytes(task) : input_size_;
  }
  void serialise(std::size_t first, std::size_t last);

  // --- for the harness; never called while a backend runs the job ---
  // From now on notes when each task's result was there, in the caller's reach: ns after `start`. For a run
  // of its own, since each task then reads the clock.
  void watch(std::chrono::steady_clock::time_point start);
  const std::vector<TaskSpan>& spans() const { return spans_; }  // by task; empty if not watched

  void fill(const Workload& source);  // all inputs, from this workload (another seed: another payload)
  void fill() { fill(workload_); }
  void poison();                 // overwrites every output slot, so that stale results cannot pass
  std::uint32_t digest() const;  // CRC-32 of every task's actual output, chained in task order
  std::optional<Comparison> compared() { return objects_ ? objects_->compared() : std::nullopt; }
  void reset_tally();
  // nullopt when since reset_tally() every task was done exactly `runs` times, `lost` aside; else
  // what is wrong.
  std::optional<std::string> tally_error(std::uint64_t runs, const std::vector<std::size_t>& lost = {}) const;
  std::vector<TaskFailure> failures() const;  // the first few of them, by task
  std::uint64_t failure_count() const { return failure_count_.load(std::memory_order_relaxed); }

 private:
  struct alignas(kFalseSharingRange) Tally {
    std::uint64_t done = 0;
    std::uint64_t hash = 0;
  };
  Tally& tally(unsigned worker) noexcept;  // ends the process where there is no such worker

  void execute_task(std::size_t task) noexcept;
  void execute_object(std::size_t task) noexcept;
  std::int64_t watched_ns() const noexcept;
  void note_length(std::size_t task, std::size_t bytes) noexcept;
  void note_failure(std::size_t task, std::string message) noexcept;

  const Workload& workload_;
  const std::unique_ptr<Objects> objects_;  // null where tasks are bytes
  std::size_t tasks_;
  bool watched_ = false;
  std::size_t input_size_, output_capacity_;
  std::size_t input_stride_, output_stride_;  // multiples of a cache line: slots never share one
  std::uint64_t hash_of_all_ = 0;             // of every task once
  Region inputs_, outputs_;
  const unsigned workers_;
  std::vector<Tally> tallies_;  // as many
  std::chrono::steady_clock::time_point watched_since_{};
  std::vector<TaskSpan> spans_;  // written by task, each by the thread that completes it
  std::atomic<std::uint64_t> failure_count_ = 0;
  mutable std::mutex failures_mutex_;
  std::vector<TaskFailure> failures_;
};

}  // namespace breakeven
