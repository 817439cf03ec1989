// What one worker and the caller share beside their two rings, and how the worker waits for its caller.
#pragma once

#include "backends/fork_pool/messages/event_count.h"
#include "backends/fork_pool/messages/ring.h"
#include "backends/platform/affinity.h"
#include "backends/platform/spin.h"

namespace breakeven::fork_pool::ring {

// About as long as a wake-up takes where the other core has halted: some 50 us on a virtual machine.
constexpr int kSpins = 2000;

struct LinkControl {
  Control requests, results;
  // By the worker: one more than the position of the last message that it has begun to read.
  alignas(kFalseSharingRange) std::atomic<std::uint64_t> claimed = 0;
  // By the caller: it sleeps until it can go on sending.
  alignas(kFalseSharingRange) std::atomic<bool> room_wanted = false;
  std::atomic<bool> closed = false;    // by the caller, once
  std::atomic<bool> attached = false;  // by the worker: it can copy from and to the caller's memory
  EventCount worker;
};

// A link as both sides see it.
struct Link {
  LinkControl& control;
  EventCount& caller;
  Ring requests, results;
  int spins;  // 0 where runnable processes exceed cores: a spinner would keep the other side from running
};

// Thrown to the worker where the caller has closed.
struct Closed {};

// The worker's wait. `ready` reads by seq_cst loads.
template <class Ready>
void wait_until(const Link& link, const Ready& ready) {
  for (int spin = 0; spin < link.spins; ++spin) {
    if (ready()) return;
    cpu_pause();
  }
  const auto closed = [&] { return link.control.closed.load(std::memory_order_seq_cst); };
  while (!ready()) {
    if (closed()) throw Closed();
    link.control.worker.sleep_unless([&] { return ready() || closed(); }, std::chrono::hours(1));
    if (link.spins != 0) leave_cpu(link.control.worker.waker_cpu());  // its caller goes on there
  }
}

}  // namespace breakeven::fork_pool::ring
