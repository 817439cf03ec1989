// Cross memory attach by itself, and that the pool does without it.
#include "backends/fork_pool/messages/attach.h"

#include <array>

#include "tests/cpp/fork_pool_fixture.h"

namespace breakeven::fork_pool {
namespace {

constexpr std::size_t kBytes = 300'000;  // several pages, not a multiple of one; large enough to attach for

// What a forked child gets to see of its parent's private memory.
struct Private {
  Region memory{kBytes, Memory::kPrivate};
  Private() {
    for (std::size_t i = 0; i < kBytes; ++i) memory.data()[i] = static_cast<std::byte>(i % 251);
  }
};

bool attachable() {
  let_descendants_attach();
  return in_a_child([] {
           std::array<std::byte, 1> byte;
           return AttachedMemory(::getppid()).read(reinterpret_cast<const std::byte*>(&kBytes), byte) ? 0 : 1;
         }) == 0;
}

TEST(AttachedMemory, CopiesBothWaysWhatAChildDoesNotInherit) {
  if (!attachable()) GTEST_SKIP() << "this kernel or container does not let a child attach";
  const Private caller;
  const auto code = in_a_child([&] {
    const AttachedMemory attached(::getppid());
    std::vector<std::byte> copy(kBytes);
    if (!attached.read(caller.memory.data(), copy)) return 1;
    for (std::size_t i = 0; i < kBytes; ++i) {
      if (copy[i] != static_cast<std::byte>(i % 251)) return 2;
      copy[i] = static_cast<std::byte>(i % 241);
    }
    return attached.write(copy, caller.memory.data()) ? 0 : 3;
  });
  ASSERT_EQ(code, 0);
  for (std::size_t i = 0; i < kBytes; ++i)
    ASSERT_EQ(caller.memory.data()[i], static_cast<std::byte>(i % 241));
}

TEST(AttachedMemory, SaysWhenThereIsNothingAtAnAddress) {
  if (!attachable()) GTEST_SKIP() << "this kernel or container does not let a child attach";
  std::vector<std::byte> copy(8);
  EXPECT_FALSE(AttachedMemory(::getpid()).read(reinterpret_cast<const std::byte*>(4096), copy));
}

TEST(AttachedMemory, SaysWhenItsProcessIsGone) {
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(gone, nullptr, 0), gone);
  std::vector<std::byte> copy(8);
  EXPECT_FALSE(AttachedMemory(gone).read(reinterpret_cast<const std::byte*>(&kBytes), copy));
}

int echoes_large_payload() {
  Pool pool(echo, {.workers = 3, .transport = "shm", .task_bytes = kBytes});
  pool.start();
  Slots slots(60, kBytes / 8 * 8, kBytes);
  fill(slots);
  if (!pool.run(slots).losses.empty()) return 1;
  for (std::size_t task = 0; task < slots.size(); ++task) {
    const auto in = slots.input(task), out = slots.result(task);
    if (in.size() != out.size() || std::memcmp(in.data(), out.data(), in.size()) != 0) return 2;
  }
  return 0;
}

TEST(ForkPoolAttach, MovesLargePayloadOfACallerThatWorks) { EXPECT_EQ(in_a_child(echoes_large_payload), 0); }

// After a change of user the kernel takes no process for attachable, not even for its own children.
TEST(ForkPoolAttach, UsesTheRingWhereTheKernelForbidsToAttach) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can change the user";
  EXPECT_EQ(in_a_child([] {
              if (::setuid(65534) != 0) return 90;
              if (attachable()) return 91;
              return echoes_large_payload();
            }),
            0);
}

}  // namespace
}  // namespace breakeven::fork_pool
