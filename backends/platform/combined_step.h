// A costly step that one thread takes for all who need it at the same time.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "backends/platform/spin.h"

namespace breakeven {

// For a step that each caller needs once between two points of its own code, whoever takes it: a barrier in all threads
// of the process. Where n threads ask while one is under way, one more serves them all (grace periods of read-copy-update
// are shared like that), so that they wait for two steps at most and not for n.
//
// Invariants
// 1. A request is a number of asked_. Whoever holds busy_ reads asked_ (acquire: all that the requests' threads did before
//    asking) before its step begins, and stores what it read in served_ (release) when the step is over. So whoever
//    finds its number served knows that a whole step lies between its request and now.
// 2. Only the holder of busy_ writes served_, which therefore only grows.
//
// Thread-safe; not for a process that was forked while a step was under way.
class CombinedStep {
 public:
  // Where so few threads ask that sharing costs more than it saves, each call takes a step of its own.
  explicit CombinedStep(bool shares = true) noexcept : shares_(shares) {}

  // Returns when `step` was called by this or another thread, the whole of it after this call began. It must not throw.
  template <class Step>
  void operator()(Step step) noexcept {
    constexpr unsigned kSpins = 200;  // some microseconds: then the thread at work may lack a core
    if (!shares_) {
      step();
      return;
    }
    const auto mine = asked_.fetch_add(1, std::memory_order_seq_cst) + 1;
    for (unsigned spins = 0; served_.load(std::memory_order_acquire) < mine; ++spins) {
      if (!busy_.load(std::memory_order_relaxed) && !busy_.exchange(true, std::memory_order_acquire)) {
        if (served_.load(std::memory_order_relaxed) < mine) {
          const auto up_to = asked_.load(std::memory_order_acquire);
          step();
          taken_.store(taken_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
          served_.store(up_to, std::memory_order_release);
        }
        busy_.store(false, std::memory_order_release);
        return;
      }
      if (spins < kSpins) {
        cpu_pause();
      } else {
        std::this_thread::yield();
      }
    }
  }

  // Where steps are shared: calls so far, and steps that were taken for them.
  std::uint64_t asked() const noexcept { return asked_.load(std::memory_order_relaxed); }
  std::uint64_t taken() const noexcept { return taken_.load(std::memory_order_relaxed); }

 private:
  alignas(128) std::atomic<std::uint64_t> asked_ = 0;
  alignas(128) std::atomic<std::uint64_t> served_ = 0;
  std::atomic<bool> busy_ = false;
  std::atomic<std::uint64_t> taken_ = 0;  // written by the holder of busy_
  const bool shares_;
};

}  // namespace breakeven
