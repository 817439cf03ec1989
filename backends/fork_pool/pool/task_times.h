// What the tasks of a pool take: a histogram of those that its caller ran, of earlier runs too.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

namespace breakeven::fork_pool {

// Not thread-safe.
class TaskTimes {
 public:
  using Duration = std::chrono::steady_clock::duration;

  // The older ones count half as soon as there are `kMost`, so that a pool learns that its tasks have changed.
  void add(Duration time) {
    if (count_ == kMost) halve();
    auto& bin = bins_[std::bit_width(static_cast<std::uint64_t>(time.count()))];
    ++bin.count;
    bin.sum += time;
    ++count_;
    sum_ += time;
  }

  // 0 where nothing was added.
  Duration mean() const { return count_ == 0 ? Duration(0) : sum_ / count_; }

  // By how much a task takes longer than `time`, in the mean of all tasks, those that do not counting as 0.
  Duration mean_beyond(Duration time) const {
    Duration beyond{};
    for (const auto& bin : bins_) {
      if (bin.count != 0 && bin.sum / bin.count > time) beyond += bin.sum - bin.count * time;
    }
    return count_ == 0 ? beyond : beyond / count_;
  }

 private:
  static constexpr std::int64_t kMost = 256;
  struct Bin {  // times of as many binary digits
    std::int64_t count = 0;
    Duration sum{};
  };

  void halve() {
    count_ = 0;
    sum_ = {};
    for (auto& bin : bins_) {
      const auto kept = bin.count / 2;
      if (bin.count != 0) bin.sum = bin.sum / bin.count * kept;
      bin.count = kept;
      count_ += bin.count;
      sum_ += bin.sum;
    }
  }

  std::array<Bin, 65> bins_;
  std::int64_t count_ = 0;
  Duration sum_{};
};

}  // namespace breakeven::fork_pool
