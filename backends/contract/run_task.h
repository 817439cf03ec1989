// How every backend runs one task: an exception, or more bytes than the output holds, fails that task alone.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "backends/contract/bytes.h"

namespace breakeven {

// How one task ended.
struct TaskResult {
  std::size_t bytes = 0;  // written to the output
  bool failed = false;
  std::string message = {};  // why, where it failed
};

inline std::string message_of(const std::exception_ptr& thrown) noexcept {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception that is not a std::exception";
  }
}

// Calls function(input, output) and returns the bytes that it wrote; where it failed, fail(message) is
// called, and 0 returned.
template <class Function, class Fail>
std::size_t run_task(const Function& function, Bytes input, MutableBytes output, const Fail& fail) noexcept {
  try {
    const std::size_t bytes = function(input, output);
    if (bytes <= output.size()) [[likely]]
      return bytes;
    fail("wrote " + std::to_string(bytes) + " bytes into an output of " + std::to_string(output.size()));
  } catch (...) {
    fail(message_of(std::current_exception()));
  }
  return 0;
}

// The same on any buffers, in any process, as a value.
template <class Function>
TaskResult run_task(const Function& function, Bytes input, MutableBytes output) noexcept {
  TaskResult result;
  result.bytes = run_task(function, input, output, [&result](std::string message) {
    result.failed = true;
    result.message = std::move(message);
  });
  return result;
}

}  // namespace breakeven
