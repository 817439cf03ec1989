// What the programs of this folder share: their loop runs in a row, by threads, or by processes, as the words behind it say.
//
//   ./program INPUTS serial | threads WORKERS [CHUNK] | processes WORKERS [CHUNK]
//
// The last line that it prints is the time of all its loops, without the making of a pool.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "backends/fork_pool/slots.h"
#include "backends/thread_pool/thread_pool.h"
#include "bench/serialise.h"
#include "bench/site.h"

template <class In, class Out>
class Ports {
 public:
  using Function = Out (*)(const In&);

  // `largest_out`: bytes that a result takes at most when it is serialised.
  Ports(int count, char** words, Function function, std::size_t largest_out)
      : inputs_(count > 1 ? words[1] : "."),
        way_(count > 2 ? words[2] : "serial"),
        function_(function),
        largest_out_(largest_out) {
    const unsigned workers = count > 3 ? static_cast<unsigned>(std::atoi(words[3])) : 2;
    chunk_ = count > 4 ? static_cast<std::size_t>(std::atol(words[4])) : 0;
    if (way_ == "threads") threads_ = std::make_unique<breakeven::ThreadPool>(workers);
    if (way_ != "processes") return;
    const auto run = [function](breakeven::Bytes input, breakeven::MutableBytes output) {
      In in{};
      breakeven::Reader(input.data(), input.size())(in);
      const Out out = function(in);
      breakeven::Writer writer(output.data());
      writer(out);
      return writer.bytes();
    };
    processes_ = std::make_unique<breakeven::fork_pool::Pool>(
        run, breakeven::fork_pool::Settings{.workers = workers, .transport = "shm"});
  }
  ~Ports() { std::printf("loop_ns %lld\n", static_cast<long long>(spent_.count())); }

  const std::string& inputs() const { return inputs_; }

  // The processes begin here: what the function reads beside its input has to be there. New threads and processes take some
  // milliseconds until they wait for work.
  void start() {
    if (processes_) processes_->start();
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }

  template <class Serial>
  void loop(const std::vector<In>& inputs, std::vector<Out>& results, const Serial& serial) {
    const auto begin = std::chrono::steady_clock::now();
    if (threads_) {
      threads_->parallel_for(
          0, inputs.size(), [&](std::size_t i) { results[i] = function_(inputs[i]); }, chunk_);
    } else if (processes_) {
      by_processes(inputs, results);
    } else {
      serial();
    }
    spent_ += std::chrono::steady_clock::now() - begin;
  }

 private:
  void by_processes(const std::vector<In>& inputs, std::vector<Out>& results) {
    if (!slots_) {
      std::size_t largest = 1;
      for (const auto& input : inputs) largest = std::max(largest, breakeven::serialised_bytes(input));
      slots_ = std::make_unique<breakeven::fork_pool::Slots>(inputs.size(), largest, largest_out_);
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) breakeven::Writer(slots_->fill(i).data())(inputs[i]);
    processes_->run(*slots_, chunk_);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (slots_->status(i).failed) throw std::runtime_error(slots_->status(i).message);
      const auto bytes = slots_->result(i);
      breakeven::Reader(bytes.data(), bytes.size())(results[i]);
    }
  }

  const std::string inputs_, way_;
  const Function function_;
  const std::size_t largest_out_;
  std::size_t chunk_ = 0;
  std::unique_ptr<breakeven::ThreadPool> threads_;
  std::unique_ptr<breakeven::fork_pool::Pool> processes_;
  std::unique_ptr<breakeven::fork_pool::Slots> slots_;
  std::chrono::nanoseconds spent_{0};
};

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "%s: cannot be read; make_inputs.py makes it\n", path.c_str());
    std::exit(2);
  }
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The text in so many parts of whole lines.
inline std::vector<std::string> parts_of(const std::string& text, std::size_t count) {
  std::vector<std::string> parts;
  for (std::size_t first = 0, i = 1; i <= count && first < text.size(); ++i) {
    auto last = i == count ? text.size() : text.find('\n', text.size() * i / count);
    last = last == std::string::npos ? text.size() : std::min(text.size(), last + 1);
    if (last > first) parts.push_back(text.substr(first, last - first));
    first = std::max(first, last);
  }
  return parts;
}

// A generator of numbers that is the same everywhere.
inline double random_number(std::uint64_t& state) {
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  return static_cast<double>(state >> 11) * 0x1p-53;
}
