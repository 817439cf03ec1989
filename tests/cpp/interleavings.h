// Explores every interleaving of a few small threads on a machine with store buffers (x86-TSO: P. Sewell
// et al., "x86-TSO: a rigorous and usable programmer's model", CACM 53 (2010)), and says whether one of
// them goes wrong.
//
// A thread is a function that does one memory access for each call: it looks at its program counter, acts,
// sets the next, and returns true; or it returns false where it cannot go on now. Each thread's stores wait
// in its buffer, first in first out, and reach the memory at any later moment; it sees its own at once. A
// state that was seen before is not explored again, so that loops that wait are no trouble.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace breakeven::test {

inline constexpr int kDone = 127;  // program counter of a thread that has ended

struct Machine {
  static constexpr int kVariables = 24, kThreads = 3, kRegisters = 6, kBuffer = 4;
  struct Store {
    std::int8_t variable, value;
  };
  struct Thread {
    std::int8_t pc, buffered;
    std::array<std::int8_t, kRegisters> r;
    std::array<Store, kBuffer> buffer;
  };
  std::array<std::int8_t, kVariables> memory;
  std::array<Thread, kThreads> threads;

  bool idle(int self) const { return threads[self].buffered == 0; }
  int load(int self, int variable) const {
    const Thread& thread = threads[self];
    for (int i = thread.buffered; i-- > 0;) {
      if (thread.buffer[i].variable == variable) return thread.buffer[i].value;
    }
    return memory[variable];
  }
  // A plain store; false where the buffer is full.
  bool store(int self, int variable, int value) {
    Thread& thread = threads[self];
    if (thread.buffered == kBuffer) return false;
    thread.buffer[thread.buffered++] = {static_cast<std::int8_t>(variable), static_cast<std::int8_t>(value)};
    return true;
  }
  void drain_one(int self) {
    Thread& thread = threads[self];
    memory[thread.buffer[0].variable] = thread.buffer[0].value;
    for (int i = 1; i < thread.buffered; ++i) thread.buffer[i - 1] = thread.buffer[i];
    thread.buffer[--thread.buffered] = {};
  }
  void drain(int self) {
    while (!idle(self)) drain_one(self);
  }
  bool done(int self) const { return threads[self].pc == kDone && idle(self); }
};

using Program = std::function<bool(Machine&, int self)>;

// What is wrong in some reachable state, or nullopt. `wrong` is asked of every state; states in which no
// thread can go on must be those in which every thread has ended.
inline std::optional<std::string> find_fault(
    const Machine& start, const std::vector<Program>& programs,
    const std::function<std::optional<std::string>(const Machine&, bool ended)>& wrong,
    std::size_t* states = nullptr) {
  const auto key = [](const Machine& machine) {
    return std::string(reinterpret_cast<const char*>(&machine), sizeof machine);
  };
  std::unordered_set<std::string> seen{key(start)};
  std::vector<Machine> open{start};
  while (!open.empty()) {
    const Machine machine = open.back();
    open.pop_back();
    bool moved = false, ended = true;
    const auto add = [&](const Machine& next) {
      moved = true;
      if (seen.insert(key(next)).second) open.push_back(next);
    };
    for (int self = 0; self < static_cast<int>(programs.size()); ++self) {
      ended = ended && machine.done(self);
      if (!machine.idle(self)) {
        Machine next = machine;
        next.drain_one(self);
        add(next);
      }
      if (machine.threads[self].pc != kDone) {
        Machine next = machine;
        if (programs[self](next, self)) add(next);
      }
    }
    if (const auto fault = wrong(machine, ended)) return fault;
    if (!moved && !ended) return "hang: nobody can go on";
  }
  if (states != nullptr) *states = seen.size();
  return std::nullopt;
}

}  // namespace breakeven::test
