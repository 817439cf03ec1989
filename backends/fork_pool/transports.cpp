// The transports by name: one line each.
#include <algorithm>
#include <array>
#include <stdexcept>

#include "backends/fork_pool/transport.h"

namespace breakeven::fork_pool {

std::unique_ptr<Transport> make_pipe_transport(unsigned workers, std::size_t task_bytes);
std::unique_ptr<Transport> make_shm_transport(unsigned workers, std::size_t task_bytes);

namespace {

struct Maker {
  const char* name;
  std::unique_ptr<Transport> (*make)(unsigned workers, std::size_t task_bytes);
};

constexpr std::array kMakers = {
    Maker{"pipe", make_pipe_transport},
    Maker{"shm", make_shm_transport},
};

}  // namespace

std::vector<std::string> transport_names() {
  std::vector<std::string> names;
  names.reserve(kMakers.size());
  for (const auto& maker : kMakers) names.emplace_back(maker.name);
  return names;
}

std::unique_ptr<Transport> make_transport(const std::string& name, unsigned workers, std::size_t task_bytes) {
  const auto found = std::ranges::find(kMakers, name, &Maker::name);
  if (found == kMakers.end()) throw std::invalid_argument("fork_pool has no transport \"" + name + "\"");
  return found->make(workers, task_bytes);
}

}  // namespace breakeven::fork_pool
