// The tasks that a fork pool runs: one function of bytes to bytes, and where the bytes of each task are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "backends/contract/bytes.h"
#include "backends/contract/run_task.h"

namespace breakeven::fork_pool {

// Reads one task's input, writes to the front of `output` and returns how many bytes. A throw fails
// that task alone.
using Function = std::function<std::size_t(Bytes input, MutableBytes output)>;

using Result = TaskResult;

// Where tasks' bytes are in memory, at equal distances.
struct Layout {
  const std::byte* inputs = nullptr;
  std::size_t input_stride = 0;
  std::byte* outputs = nullptr;
  std::size_t output_stride = 0;
  std::uint64_t memory = 0;  // the younger region's Region::id
};

// Tasks, and where their bytes are: in slots of one size, from and to which the pool moves bytes directly. Called by the thread
// that runs the pool.
class TaskSet {
 public:
  virtual ~TaskSet() = default;
  virtual std::size_t size() const = 0;
  virtual std::size_t input_size() const = 0;  // of every task, or of the largest
  virtual std::size_t output_capacity() const = 0;
  virtual Bytes input(std::size_t task) const = 0;  // input_size() long, unchanged while the tasks run
  virtual MutableBytes output(std::size_t task) = 0;
  // Where inputs differ: whether they do, what one takes, and a call before those of [first, last) are read.
  virtual bool varies() const { return false; }
  virtual std::size_t input_bytes(std::size_t /*task*/) const { return input_size(); }
  virtual void prepare(std::size_t /*first*/, std::size_t /*last*/) {}
  // For transports that leave payload where it is (transport_memory in transport.h); nullopt: there is
  // no such place.
  virtual std::optional<Layout> layout() { return std::nullopt; }
  // A task ended in a worker process; what it wrote stands in output(task).
  virtual void complete(unsigned worker, std::size_t task, const Result& result) noexcept = 0;
  // Runs tasks [first, last) in the calling thread.
  virtual void execute(const Function& function, unsigned worker, std::size_t first,
                       std::size_t last) noexcept;
};

}  // namespace breakeven::fork_pool
