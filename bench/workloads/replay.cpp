#include "bench/workloads/replay.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <sstream>

#include "backends/contract/error.h"
#include "backends/contract/workload.h"
#include "bench/workloads/barrier.h"
#include "bench/workloads/job_file.h"
#include "bench/workloads/limits.h"
#include "bench/workloads/payload.h"
#include "bench/workloads/traffic.h"

namespace breakeven {
namespace {

constexpr std::size_t kOutputHeader = 16;  // CRC-32 of the tail and padding, final state
constexpr const char* kFirstLine = "breakeven replay 1";
constexpr std::size_t kMostWords = 8 * Traffic::kBlock;

// Tasks of a chain of dependent steps; Shape::cost is that of the mean of its tasks, and the recorded times say how they
// differ from it.
class Replayed final : public Workload {
 public:
  Replayed(const Shape& shape, const Replay& replay)
      : shape_(shape), payload_(shape), traffic_(replay.words) {
    const double mean = mean_ns(replay, shape.tasks);
    for (const auto ns : replay.task_ns) {
      const double part = mean > 0 ? static_cast<double>(ns) / mean : 1.0;
      const auto units = std::llround(static_cast<double>(shape.cost) * part);
      units_.push_back(std::min(kMaxUnits, static_cast<std::uint64_t>(units)));
    }
  }

  std::size_t input_size() const override { return kInputHeader + shape_.in_bytes; }
  std::size_t output_capacity() const override { return kOutputHeader + shape_.out_bytes; }

  void fill(std::size_t task, MutableBytes input) const override { payload_.fill(task, units_[task], input); }

  std::size_t run(Bytes input, MutableBytes output) const override {
    const auto units = load<std::uint64_t>(input);
    const auto [state, sum] = traffic_.along(units, units ^ 0x9E3779B97F4A7C15ULL, units);
    store(state + sum, output, 8);
    if (const auto again = fraction_of(units, shape_.extra)) keep(traffic_.along(state, state, again));
    store<std::uint64_t>(payload_.carry(input, output.subspan(kOutputHeader, shape_.out_bytes)), output);
    if (units > 0) finish();
    return kOutputHeader + shape_.out_bytes;
  }

  double weight(std::size_t task) const override {
    return static_cast<double>(std::max<std::uint64_t>(1, units_[task]));
  }

 private:
  const Shape shape_;
  const Payload payload_;
  const Traffic traffic_;
  std::vector<std::uint64_t> units_;
};

WorkloadFactory factory_of(const std::string& name) {
  const auto replay =
      replay_from(read_job_file(name.substr(std::strlen(kReplayPrefix)), "breakeven measure --profile"));
  const Sizes sizes{replay.in_bytes, replay.out_bytes};
  return {
      .name = name,
      .summary = std::to_string(replay.task_ns.size()) + " tasks as they were recorded",
      .unsupported = [sizes,
                      count = replay.task_ns.size()](const Shape& shape) -> std::optional<std::string> {
        if (shape.tasks > count)
          return std::to_string(count) + " tasks were recorded, and " + std::to_string(shape.tasks) +
                 " are asked for";
        if (shape.in_bytes != sizes.in || shape.out_bytes != sizes.out)
          return "recorded tasks have the sizes that they had; leave the payload out";
        return refuse("replay", shape, {.cost = true, .skew = false, .shared = false});
      },
      .make = [replay](const Shape& shape) { return std::make_unique<const Replayed>(shape, replay); },
      .has_cost = true,
      .sizes = [sizes](const Shape&) { return sizes; },
  };
}

const WorkloadFamilyRegistration registration({
    .name = kReplayPrefix,
    .summary = "the tasks of a recorded loop: see `breakeven measure --profile`",
    .make = factory_of,
});

}  // namespace

double mean_ns(const Replay& replay, std::size_t tasks) {
  const auto count = std::min(tasks, replay.task_ns.size());
  const auto end = replay.task_ns.begin() + static_cast<std::ptrdiff_t>(count);
  return std::accumulate(replay.task_ns.begin(), end, 0.0) /
         static_cast<double>(std::max<std::size_t>(1, count));
}

std::string to_text(const Replay& replay) {
  std::string text = std::string(kFirstLine) + '\n' + std::to_string(replay.in_bytes) + ' ' +
                     std::to_string(replay.out_bytes) + ' ' + std::to_string(replay.words) + ' ' +
                     std::to_string(replay.task_ns.size()) + '\n';
  for (const auto ns : replay.task_ns) text += std::to_string(ns) + '\n';
  return text;
}

Replay replay_from(const std::string& text) {
  std::istringstream words(text);
  std::string first;
  Replay replay;
  std::size_t count = 0;
  std::getline(words, first);
  words >> replay.in_bytes >> replay.out_bytes >> replay.words >> count;
  if (first != kFirstLine || !words || count == 0 || count > text.size() || replay.words > kMostWords)
    throw UsageError("recorded tasks begin with \"" + std::string(kFirstLine) +
                     "\", bytes in, bytes out, words read and how many they are");
  replay.task_ns.resize(count);
  for (auto& ns : replay.task_ns) words >> ns;
  if (!words)
    throw UsageError("recorded tasks end before the last of their " + std::to_string(count) + " times");
  return replay;
}

}  // namespace breakeven
