// The transports by name: one line each.
#include <algorithm>
#include <array>
#include <stdexcept>

#include "backends/fork_pool/transports/transport.h"

namespace breakeven::fork_pool {

using Make = std::unique_ptr<Transport>(const TransportPlan& plan);
Make make_pipe_transport, make_socket_transport, make_shm_transport, make_ring_transport,
    make_arena_transport, make_inherit_transport;

namespace {

struct Maker {
  const char* name;
  Make* make;
  Memory memory;
};

constexpr std::array kMakers = {
    Maker{"pipe", make_pipe_transport, Memory::kPrivate},
    Maker{"socket", make_socket_transport, Memory::kPrivate},
    Maker{"shm", make_shm_transport, Memory::kPrivate},
    Maker{"ring", make_ring_transport, Memory::kPrivate},
    Maker{"arena", make_arena_transport, Memory::kShared},
    Maker{"inherit", make_inherit_transport, Memory::kInherited},
};

const Maker& find(const std::string& name) {
  const auto* const found = std::ranges::find(kMakers, name, &Maker::name);
  if (found == kMakers.end()) throw std::invalid_argument("fork_pool has no transport \"" + name + "\"");
  return *found;
}

}  // namespace

std::vector<std::string> transport_names() {
  std::vector<std::string> names;
  names.reserve(kMakers.size());
  for (const auto& maker : kMakers) names.emplace_back(maker.name);
  return names;
}

Memory transport_memory(const std::string& name) { return find(name).memory; }

std::unique_ptr<Transport> make_transport(const std::string& name, const TransportPlan& plan) {
  return find(name).make(plan);
}

}  // namespace breakeven::fork_pool
