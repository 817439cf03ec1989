// The C ABI of the workloads: what breakeven_cell/native.py calls through ctypes.
//
// Thread-safe: a kernel is immutable, and every caller brings its own buffers.
#include <algorithm>
#include <cstring>
#include <exception>
#include <string>
#include <type_traits>

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

static_assert(std::is_standard_layout_v<Shape>);

// A kernel for tasks of this shape, or nullptr and why not in `error`. It is never freed: it lives as long as
// its process. `shape_size` tells whether both sides mean the same Shape.
BREAKEVEN_EXPORT const void* breakeven_make(const char* workload, const Shape* shape, std::size_t shape_size,
                                            char* error, std::size_t error_capacity) {
  const auto refuse = [&](const std::string& why) {
    say(why, error, error_capacity);
    return nullptr;
  };
  try {
    if (shape_size != sizeof(Shape))
      return refuse("the library is of another version; build breakeven_kernel");
    const auto* factory = WorkloadRegistry::instance().find(workload);
    if (!factory) return refuse(std::string("the library has no workload ") + workload);
    if (const auto reason = factory->unsupported(*shape)) return refuse(*reason);
    return factory->make(*shape).release();
  } catch (const std::exception& thrown) {
    return refuse(thrown.what());
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
