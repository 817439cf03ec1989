// The rings' protocol between two threads of one process, so that ThreadSanitizer sees both sides: it
// follows no memory across processes. What differs between processes, address spaces and deaths, the
// other tests have.
#include <deque>
#include <random>
#include <thread>

#include "backends/platform/region.h"
#include "tests/cpp/fork_pool_fixture.h"

namespace breakeven::fork_pool {
namespace {

// Plays the pool: a worker that is a thread, and chunks owed in the order in which they were sent.
class RingTest : public testing::TestWithParam<std::string>, public Inbox {
 protected:
  void SetUp() override {
    transport_->open(0);
    worker_ = std::thread([this] {
      Executor executor(function_, status_, false);
      transport_->serve(0, executor);
    });
  }

  void TearDown() override {
    transport_->close(0);
    worker_.join();
  }

  std::optional<MutableBytes> slot(unsigned /*worker*/, std::size_t task) override {
    if (owed_.empty() || owed_.front().first != task) return std::nullopt;
    return slots_->output(task);
  }

  void deliver(unsigned worker, std::size_t task, const Result& result) override {
    slots_->complete(worker, task, result);
    if (++owed_.front().first, --owed_.front().count == 0) owed_.pop_front();
    ++delivered_;
  }

  // Sends everything in random chunks, takes some back and sends it again, until all results are there.
  void exchange(Slots& slots, std::minstd_rand& random) {
    slots_ = &slots;
    delivered_ = 0;
    std::deque<Chunk> pending{{0, slots.size()}};
    const auto most = 1 + random() % 40;
    while (delivered_ != slots.size()) {
      ASSERT_TRUE(transport_->advance(0, *this));
      if (!pending.empty() && transport_->ready(0)) {
        auto& next = pending.front();
        const Chunk chunk{next.first, std::min<std::size_t>(next.count, 1 + random() % most)};
        next.first += chunk.count;
        next.count -= chunk.count;
        if (next.count == 0) pending.pop_front();
        owed_.push_back(chunk);
        transport_->post(0, slots, chunk);
      } else if (delivered_ != slots.size() && !owed_.empty()) {
        transport_->wait(1ms);
      }
      if (random() % 4 != 0) continue;
      if (const auto chunk = transport_->take_back(0)) {
        std::erase_if(owed_, [&](const Chunk& owed) { return owed.first == chunk->first; });
        pending.push_back(*chunk);
      }
    }
    EXPECT_TRUE(owed_.empty());
  }

 private:
  Function function_ = echo;
  WorkerStatus status_;
  Slots* slots_ = nullptr;
  std::deque<Chunk> owed_;
  std::size_t delivered_ = 0;
  std::unique_ptr<Transport> transport_ = make_transport(GetParam(), {});
  std::thread worker_;
};

INSTANTIATE_TEST_SUITE_P(Over, RingTest, testing::Values("shm", "arena", "inherit"), name_of_transport);

TEST_P(RingTest, EveryTaskIsDoneOnceWhateverIsTakenBack) {
  std::minstd_rand random(7);
  for (int round = 0; round < 25; ++round) {
    const std::size_t size = std::array{8, 16, 500, 520, 5000, 70'000, 130'000, 400'000}[random() % 8];
    Slots slots(1 + random() % std::min<std::size_t>(3000, 20'000'000 / size), size, size);
    fill(slots);
    exchange(slots, random);
    for (std::size_t task = 0; task < slots.size(); ++task) {
      const auto in = slots.input(task), out = slots.result(task);
      ASSERT_TRUE(in.size() == out.size() && std::memcmp(in.data(), out.data(), in.size()) == 0)
          << "task " << task << " of " << slots.size() << " of " << size << " bytes";
    }
  }
}

}  // namespace
}  // namespace breakeven::fork_pool
