// A transport over byte streams, whatever makes them.
#pragma once

#include <memory>

#include "backends/fork_pool/transports/transport.h"
#include "backends/platform/descriptor.h"

namespace breakeven::fork_pool {

// Bytes go from `write` to `read`.
struct Channel {
  Descriptor read, write;
};

// Above the standard streams, which a worker keeps: its siblings' channels must not be among them.
Descriptor above_standard_streams(Descriptor given);  // throws std::system_error

// `make` throws std::system_error. `packets`: whether what it makes may know O_DIRECT.
std::unique_ptr<Transport> make_stream_transport(unsigned workers, Channel (*make)(), bool packets);

}  // namespace breakeven::fork_pool
