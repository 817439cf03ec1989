// The C ABI of the workloads: what breakeven_cell/native.py calls through ctypes.
//
// Thread-safe: a kernel is immutable, and every caller brings its own buffers.
#include <algorithm>
#include <cstring>
#include <exception>
#include <string>

#include "backends/contract/run_task.h"
#include "backends/contract/workload.h"

namespace {

using namespace breakeven;

void say(const std::string& text, void* to, std::size_t capacity) {
  if (capacity == 0) return;
  const auto length = std::min(text.size(), capacity - 1);
  std::memcpy(to, text.data(), length);
  static_cast<char*>(to)[length] = '\0';
}

}  // namespace

#define BREAKEVEN_EXPORT extern "C" __attribute__((visibility("default")))

// A kernel for tasks of this shape, or nullptr and why not in `error`. It is never freed: it lives as long as
// its process.
BREAKEVEN_EXPORT const void* breakeven_make(const char* workload, std::uint64_t tasks, std::uint64_t in_bytes,
                                            std::uint64_t out_bytes, std::uint64_t cost, double skew,
                                            std::uint64_t shared_bytes, std::uint64_t seed, double extra,
                                            char* error, std::size_t error_capacity) {
  try {
    const auto* factory = WorkloadRegistry::instance().find(workload);
    if (!factory) {
      say(std::string("the library has no workload ") + workload, error, error_capacity);
      return nullptr;
    }
    const Shape shape{.tasks = tasks,
                      .in_bytes = in_bytes,
                      .out_bytes = out_bytes,
                      .cost = cost,
                      .skew = skew,
                      .shared_bytes = shared_bytes,
                      .seed = seed,
                      .extra = extra};
    if (const auto reason = factory->unsupported(shape)) {
      say(*reason, error, error_capacity);
      return nullptr;
    }
    return factory->make(shape).release();
  } catch (const std::exception& thrown) {
    say(thrown.what(), error, error_capacity);
    return nullptr;
  }
}

// Bytes of the longest output.
BREAKEVEN_EXPORT std::size_t breakeven_capacity(const void* kernel) {
  return static_cast<const Workload*>(kernel)->output_capacity();
}

// Runs one task. Returns the bytes written; -1, and the reason as text in `output`, where it failed.
BREAKEVEN_EXPORT std::int64_t breakeven_run(const void* kernel, const void* input, std::size_t input_size,
                                            void* output, std::size_t output_capacity) {
  const auto& workload = *static_cast<const Workload*>(kernel);
  const auto refuse = [&](const std::string& why) {
    say(why, output, output_capacity);
    return std::int64_t{-1};
  };
  if (input_size != workload.input_size() || output_capacity < workload.output_capacity())
    return refuse("the input or the output has not the size of this shape");
  const auto result = run_task(workload, {static_cast<const std::byte*>(input), input_size},
                               {static_cast<std::byte*>(output), output_capacity});
  return result.failed ? refuse(result.message) : static_cast<std::int64_t>(result.bytes);
}
