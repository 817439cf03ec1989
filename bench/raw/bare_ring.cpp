// The yardstick of fork_pool/shm: a ring in shared memory and nothing else. Linux.
//
// One worker process; per direction 8 pieces of 32 KiB, each with its own flag; a task at a time; both sides
// spin for about one wake-up, then sleep on a futex. No batches, no failures, no deaths, no second worker.
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <new>
#include <system_error>
#include <vector>

#include "backends/backend.h"
#include "backends/fork_pool/messages/ring_link.h"
#include "backends/fork_pool/pool/process.h"
#include "backends/platform/region.h"

namespace breakeven {
namespace {

using fork_pool::EventCount;

using fork_pool::ring::kSpins;  // the same for both

struct Piece {
  static constexpr std::size_t kBytes = 32 << 10;
  // seq_cst, since the other side may be asleep (sleeper.h); it also orders the bytes.
  alignas(kCacheLine) std::atomic<std::uint32_t> full = 0;
  std::uint32_t bytes = 0;
  std::array<std::byte, kBytes> data;
};

struct Direction {
  std::array<Piece, 8> pieces;
  EventCount reader, writer;
};

struct Shared {
  Direction there, back;
  std::atomic<bool> closed = false;
};

struct Closed {};

// One end of one direction.
class End {
 public:
  End(Direction& direction, const std::atomic<bool>& closed) : direction_(direction), closed_(closed) {}

  void write(Bytes bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      Piece& piece = turn(0, direction_.writer);
      piece.bytes = static_cast<std::uint32_t>(std::min(bytes.size() - at, Piece::kBytes));
      std::copy_n(bytes.data() + at, piece.bytes, piece.data.data());
      at += piece.bytes;
      done(piece, 1, direction_.reader);
    }
  }

  void read(MutableBytes bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      Piece& piece = turn(1, direction_.reader);
      std::copy_n(piece.data.data(), piece.bytes, bytes.data() + at);
      at += piece.bytes;
      done(piece, 0, direction_.writer);
    }
  }

 private:
  Piece& turn(std::uint32_t full, EventCount& self) {
    Piece& piece = direction_.pieces[next_++ % direction_.pieces.size()];
    const auto ready = [&] { return piece.full.load(std::memory_order_seq_cst) == full; };
    for (int spin = 0; spin < kSpins; ++spin) {
      if (ready()) return piece;
      cpu_pause();
    }
    while (!ready()) {
      if (closed_) throw Closed();
      self.sleep_unless([&] { return ready() || closed_; }, std::chrono::seconds(1));
    }
    return piece;
  }

  static void done(Piece& piece, std::uint32_t full, EventCount& other) {
    piece.full.store(full, std::memory_order_seq_cst);
    other.wake();
  }

  Direction& direction_;
  const std::atomic<bool>& closed_;
  std::size_t next_ = 0;
};

class BareRing final : public Backend {
 public:
  explicit BareRing(const Plan& plan)
      : workload_(plan.workload),
        memory_(sizeof(Shared), Memory::kShared),
        shared_(*new (memory_.data()) Shared),
        there_(shared_.there, shared_.closed),
        back_(shared_.back, shared_.closed) {}

  ~BareRing() override {
    shared_.closed = true;
    shared_.there.reader.wake();
    shared_.back.writer.wake();
    worker_.end(std::chrono::seconds(2));
  }

  void start() override {
    worker_ = fork_pool::Process({}, [this] {
      prefault();
      serve();
    });
    prefault();
  }

  Outcome run(Job& job) override {
    for (std::size_t task = 0; task < job.size(); ++task) {
      there_.write(job.input(task));
      back_.read(job.output(task));
      job.complete(0, task, {.bytes = workload_.output_capacity()});
    }
    return {.bytes_moved = job.size() * (workload_.input_size() + workload_.output_capacity())};
  }

  std::vector<WorkerId> workers() const override { return {{WorkerId::Kind::kProcess, worker_.pid()}}; }

 private:
  void prefault() const {
    for (std::size_t at = 0; at < memory_.size(); at += 4096) {
      static_cast<void>(*reinterpret_cast<const volatile char*>(memory_.data() + at));
    }
  }

  void serve() {
    std::vector<std::byte> input(workload_.input_size()), output(workload_.output_capacity());
    try {
      while (true) {
        there_.read(input);
        workload_.run(input, output);  // of a constant length: what is not, this does not support
        back_.write(output);
      }
    } catch (const Closed&) {
    }
  }

  const Workload& workload_;
  Region memory_;
  Shared& shared_;
  End there_, back_;
  fork_pool::Process worker_;
};

std::optional<std::string> unsupported(const Setup& setup) {
  if (setup.workers != 1) return "bare_ring has one worker";
  if (setup.dispatch != Dispatch::kMap || setup.chunk != 0) return "bare_ring sends one task at a time";
  return std::nullopt;
}

const BackendRegistration registration({
    .name = "bare_ring",
    .summary =
        "a ring in shared memory and one forked worker, a task at a time: what fork_pool/shm is held against",
    .variants = {},
    .traits = [](const Setup&) { return Traits{.payload = Memory::kPrivate, .processes = true}; },
    .unsupported = unsupported,
    .make = make_backend<BareRing>,
});

}  // namespace
}  // namespace breakeven
