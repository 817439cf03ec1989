// The transport `socket`: per worker one pair of Unix stream sockets for requests and one for results.
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "backends/fork_pool/transports/stream_transport.h"

namespace breakeven::fork_pool {
namespace {

Channel make_socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::system_error(errno, std::generic_category(), "socketpair");
  Descriptor read(ends[0]), write(ends[1]);
  return {above_standard_streams(std::move(read)), above_standard_streams(std::move(write))};
}

}  // namespace

std::unique_ptr<Transport> make_socket_transport(const TransportPlan& plan) {
  return make_stream_transport(plan.workers, make_socket_pair, false);
}

}  // namespace breakeven::fork_pool
