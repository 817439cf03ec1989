// The harness allocates per job, never per task: ten million tasks cost what a thousand do.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "backends/backend.h"

namespace {

std::atomic<std::size_t> g_allocations = 0;

void* counted(void* memory) {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  if (!memory) throw std::bad_alloc();
  return memory;
}

// Out of line: inlined, the compiler takes free() for a mistake in what was made by new.
[[gnu::noinline]] void release(void* memory) noexcept { std::free(memory); }

}  // namespace

// The whole set: a form that is left to the library would go uncounted, or free what it has not made.
void* operator new(std::size_t size) { return counted(std::malloc(size)); }
void* operator new[](std::size_t size) { return counted(std::malloc(size)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(align, (size + align - 1) / align * align));
}
void* operator new[](std::size_t size, std::align_val_t alignment) { return operator new(size, alignment); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }

namespace breakeven {
namespace {

constexpr unsigned kWorkers = 2;
constexpr std::size_t kFew = 1'000, kMany = 1'000'000;
constexpr std::size_t kConstant = 64;  // a pool's own buffers may grow a few times; a task never pays

struct Way {
  const char* name;
  const char* backend;
  Dispatch dispatch;
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

// What a cell does with a job: makes it, fills it, warms the pool up, runs it, checks and digests it.
std::size_t allocations_of(const Way& way, std::size_t tasks) {
  Shape shape;
  shape.tasks = tasks;
  shape.cost = 1;
  const auto before = g_allocations.load();
  const auto workload = WorkloadRegistry::instance().find("compute")->make(shape);
  const auto* factory = BackendRegistry::instance().find(way.backend);
  const Plan plan{Setup{.shape = shape,
                        .workers = kWorkers,
                        .dispatch = way.dispatch,
                        .chunk = 0,
                        .options = parse_options(way.backend, "", factory->options),
                        .deadline = {}},
                  *workload};
  Job job(*workload, tasks, kWorkers, factory->traits(plan).payload);
  job.fill();
  const auto backend = factory->make(plan);
  backend->start();
  for (int run = 0; run < 2; ++run) {
    job.reset_tally();
    backend->run(job);
    EXPECT_EQ(job.tally_error(1), std::nullopt);
    job.poison();
  }
  backend->run(job);
  EXPECT_NE(job.digest(), 0u);
  return g_allocations.load() - before;
}

class Allocations : public ::testing::TestWithParam<Way> {};

TEST_P(Allocations, DoNotGrowWithTheTasks) {
  const auto few = allocations_of(GetParam(), kFew), many = allocations_of(GetParam(), kMany);
  EXPECT_GT(few, 0u) << "nothing was counted";
  EXPECT_LE(many, few + kConstant);
}

INSTANTIATE_TEST_SUITE_P(Harness, Allocations,
                         ::testing::Values(Way{"Serial", "serial", Dispatch::kMap},
                                           Way{"ThreadPool", "thread_pool", Dispatch::kMap},
                                           Way{"ThreadPoolSubmit", "thread_pool", Dispatch::kSubmit}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace breakeven
