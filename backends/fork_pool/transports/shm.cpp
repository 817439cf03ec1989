// The transports over shared memory: per worker a ring for requests and one for results.
//
// `shm` and `ring` carry input and output. `inherit` carries the output: workers read the input where it
// stands, as it was when they were forked. `arena` carries neither: the payload is in memory that both sides
// see, and only the tasks' numbers cross.
//
// Small payload and whatever fits half a ring is worked on in the ring itself; larger payload is streamed in
// pieces, both sides copying at the same time. Neither makes a system call while both are awake. Where the
// kernel permits it, `shm`'s worker copies large payload itself, from and to the caller's memory (attach.h),
// so that the caller has time for tasks of its own; `ring` never does.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#include "backends/fork_pool/messages/attach.h"
#include "backends/fork_pool/messages/mirrored.h"
#include "backends/fork_pool/messages/ring_requests.h"
#include "backends/fork_pool/messages/ring_results.h"
#include "backends/fork_pool/transports/transport.h"
#include "backends/platform/affinity.h"
#include "backends/platform/region.h"
#include "backends/platform/spin.h"

namespace breakeven::fork_pool {
namespace {

using ring::Link;
using ring::LinkControl;

// Space for so many tasks, so that a worker goes on while its caller is busy with one of its own; for tiny
// tasks so small that it stays in a core's own cache. Payload of which two do not fit the largest ring is
// streamed in pieces.
constexpr std::size_t kTasksAhead = 16, kSmallestRing = 64 << 10, kStreamRing = 256 << 10,
                      kLargestRing = 4 << 20;

std::size_t ring_bytes(std::size_t task_bytes) {
  const auto task = std::min(task_bytes, kLargestRing) + 8 * kCacheLine;
  if (2 * task > kLargestRing) return kStreamRing;
  return std::clamp(std::bit_ceil(kTasksAhead * task), task_bytes == 0 ? kStreamRing : kSmallestRing,
                    kLargestRing);
}

// A task's payload, in and out, from which on a single worker copies it itself. A ring crosses smaller ones in
// less time, since both sides copy at once; and where the caller has no tasks of its own the ring is
// always as fast. One caller copies for all: with more workers smaller payloads keep it from everything else, down to
// such as take less time than the two system calls.
constexpr std::size_t kAttachBytes = 256 << 10, kLeastAttached = 16 << 10;

std::size_t attached_from(unsigned workers) {
  return std::max(kLeastAttached, kAttachBytes / std::max(workers, 1U));
}

// One worker's memory, which its successor takes over, and the caller's ends of it.
class Connection {
 public:
  Connection(std::size_t bytes, LinkControl& control, EventCount& caller, int spins)
      : requests_(bytes),
        results_(bytes),
        link_{control,
              caller,
              {requests_.data(), bytes, control.requests},
              {results_.data(), bytes, control.results},
              spins} {}

  // Only while no worker uses it. What the last one left is dropped.
  void open() {
    new (&link_.control) LinkControl;
    link_.requests.put(0, 0);
    link_.results.put(0, 0);
    sender.emplace(link_);
    receiver.emplace(link_);
  }

  void close() {
    if (!is_open()) return;
    bytes_of_closed_ = bytes();
    sender.reset();
    receiver.reset();
    link_.control.closed.store(true, std::memory_order_seq_cst);
    link_.control.worker.wake();
  }

  void prefault() const {
    requests_.prefault();
    results_.prefault();
  }

  bool is_open() const { return sender.has_value(); }
  const Link& link() const { return link_; }
  std::uint64_t bytes() const {
    return bytes_of_closed_ + (is_open() ? sender->bytes() + receiver->bytes() : 0);
  }

  std::optional<ring::RequestWriter> sender;
  std::optional<ring::ResultReader> receiver;

 private:
  MirroredMemory requests_, results_;
  Link link_;
  std::uint64_t bytes_of_closed_ = 0;
};

enum class Carried { kBoth, kBothOrAttached, kOutput, kNothing };

class ShmTransport final : public Transport {
 public:
  ShmTransport(const TransportPlan& plan, Carried carried)
      : carried_(carried),
        ring_bytes_(ring_bytes(carried == Carried::kNothing ? 0 : plan.task_bytes)),
        attached_from_(attached_from(plan.workers)),
        spins_(plan.workers + 1 <= available_cores() ? ring::kSpins : 0),
        control_(sizeof(EventCount) + plan.workers * sizeof(LinkControl), Memory::kShared),
        caller_(*new (control_.data()) EventCount),
        connections_(plan.workers) {
    if (carried_ == Carried::kBothOrAttached) let_descendants_attach();
  }

  void open(unsigned worker) override {
    auto& connection = connections_[worker];
    if (!connection) {
      auto* const control =
          new (control_.data() + sizeof(EventCount) + worker * sizeof(LinkControl)) LinkControl;
      connection = std::make_unique<Connection>(ring_bytes_, *control, caller_, spins_);
    }
    connection->open();
  }

  std::vector<int> worker_descriptors(unsigned /*worker*/) const override { return {}; }
  void forked(unsigned /*worker*/) override {}
  void close(unsigned worker) noexcept override {
    if (connections_[worker]) connections_[worker]->close();
  }

  std::size_t revocable_bytes() const override { return std::numeric_limits<std::size_t>::max(); }
  bool ready(unsigned worker) override { return connections_[worker]->sender->ready(); }
  bool receiving(unsigned worker) override { return connections_[worker]->receiver->in_a_body(); }

  bool copies_input(const TaskSet& tasks) const override {
    return carried_ == Carried::kBoth || (carried_ == Carried::kBothOrAttached && !large(tasks));
  }

  void post(unsigned worker, TaskSet& tasks, Chunk chunk) override {
    auto& connection = *connections_[worker];
    std::optional<Layout> in_memory;
    const bool attached = attaches(connection, tasks);
    if (attached || carried_ == Carried::kOutput || carried_ == Carried::kNothing) in_memory = tasks.layout();
    if (carried_ == Carried::kOutput) in_memory->outputs = nullptr;
    connection.sender->begin(tasks, chunk, in_memory, attached && in_memory);
  }

  std::optional<Chunk> take_back(unsigned worker) override {
    return connections_[worker]->sender->take_back();
  }

  bool advance(unsigned worker, Inbox& inbox) override {
    auto& connection = *connections_[worker];
    connection.sender->go_on();
    return connection.receiver->receive(worker, inbox);
  }

  bool wait(std::chrono::nanoseconds limit) override {
    for (int spin = 0; spin < spins_; ++spin) {
      if (any_can_advance()) return true;
      cpu_pause();
    }
    want_room(true);
    const auto before = std::chrono::steady_clock::now();
    caller_.sleep_unless([&] { return any_can_advance(); }, limit);
    want_room(false);
    return any_can_advance() || std::chrono::steady_clock::now() - before < limit;
  }

  std::uint64_t bytes_moved() const override {
    std::uint64_t bytes = 0;
    for (const auto& connection : connections_) bytes += connection ? connection->bytes() : 0;
    return bytes;
  }

  void serve(unsigned worker, Executor& executor) override {
    const auto& connection = *connections_[worker];
    connection.prefault();
    ring::RequestReader requests(connection.link());
    ring::ResultWriter results(connection.link());
    const AttachedMemory caller(::getppid());
    if (carried_ == Carried::kBothOrAttached) connection.link().control.attached = reaches(caller);
    try {
      while (true) {
        const auto message = requests.next();
        const auto& memory = message.in_memory;
        for (auto task = message.first; task != message.first + message.count; ++task) {
          if (message.attached) {
            results.run(executor, task, caller,
                        {memory->inputs + task * memory->input_stride, message.input_size,
                         memory->outputs + task * memory->output_stride, message.output_capacity});
            continue;
          }
          const auto input = memory ? Bytes{memory->inputs + task * memory->input_stride, message.input_size}
                                    : requests.input(message.input_size);
          if (memory && memory->outputs != nullptr) {
            results.run(executor, task, input,
                        {memory->outputs + task * memory->output_stride, message.output_capacity});
          } else {
            results.run(executor, task, input, message.output_capacity);
          }
          requests.done();
        }
        results.publish();
      }
    } catch (const ring::Closed&) {
    }
  }

 private:
  // Whether this worker is to copy the payload itself.
  bool attaches(const Connection& connection, const TaskSet& tasks) const {
    return carried_ == Carried::kBothOrAttached && large(tasks) &&
           connection.link().control.attached.load(std::memory_order_relaxed);
  }

  bool large(const TaskSet& tasks) const {
    return tasks.input_size() + tasks.output_capacity() >= attached_from_;
  }

  // The worker tries it on this object, of which both have a copy at the same address.
  bool reaches(const AttachedMemory& caller) const {
    std::array<std::byte, sizeof ring_bytes_> copy;
    return caller.read(reinterpret_cast<const std::byte*>(&ring_bytes_), copy) &&
           std::memcmp(copy.data(), &ring_bytes_, copy.size()) == 0;
  }

  bool any_can_advance() {
    return std::ranges::any_of(connections_, [](const auto& connection) {
      return connection && connection->is_open() &&
             (connection->receiver->waiting() || connection->sender->can_go_on());
    });
  }

  void want_room(bool wanted) {
    for (const auto& connection : connections_) {
      if (!connection || !connection->is_open() || connection->sender->idle()) continue;
      connection->link().control.room_wanted.store(wanted, std::memory_order_seq_cst);
    }
  }

  const Carried carried_;
  const std::size_t ring_bytes_, attached_from_;
  const int spins_;
  Region control_;
  EventCount& caller_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace

std::unique_ptr<Transport> make_shm_transport(const TransportPlan& plan) {
  return std::make_unique<ShmTransport>(plan, plan.caller_works ? Carried::kBothOrAttached : Carried::kBoth);
}

std::unique_ptr<Transport> make_ring_transport(const TransportPlan& plan) {
  return std::make_unique<ShmTransport>(plan, Carried::kBoth);
}

std::unique_ptr<Transport> make_inherit_transport(const TransportPlan& plan) {
  return std::make_unique<ShmTransport>(plan, Carried::kOutput);
}

std::unique_ptr<Transport> make_arena_transport(const TransportPlan& plan) {
  return std::make_unique<ShmTransport>(plan, Carried::kNothing);
}

}  // namespace breakeven::fork_pool
