// The transport `pipe`: per worker one pipe for requests and one for results.
#include <fcntl.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "backends/fork_pool/transports/stream_transport.h"

namespace breakeven::fork_pool {
namespace {

constexpr int kPipeBytes = 1 << 20;  // what anyone may ask for; less is granted under pressure, and works too

Channel make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
  Descriptor read(ends[0]), write(ends[1]);
  ::fcntl(write.get(), F_SETPIPE_SZ, kPipeBytes);  // advice
  return {above_standard_streams(std::move(read)), above_standard_streams(std::move(write))};
}

}  // namespace

std::unique_ptr<Transport> make_pipe_transport(const TransportPlan& plan) {
  return make_stream_transport(plan.workers, make_pipe, true);
}

}  // namespace breakeven::fork_pool
