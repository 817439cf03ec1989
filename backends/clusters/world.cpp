#include "backends/clusters/world.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <set>

#include "backends/contract/error.h"
#include "bench/machine/cpu_taken.h"
#include "bench/machine/usage.h"

namespace breakeven {

World world;

Order broadcast(Order order) {
  int value = static_cast<int>(order);
  MPI_Bcast(&value, 1, MPI_INT, 0, MPI_COMM_WORLD);
  return static_cast<Order>(value);
}

int whole(std::size_t bytes) {
  if (bytes > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw UsageError("a message of " + std::to_string(bytes) +
                     " bytes is more than MPI counts; give a smaller chunk");
  return static_cast<int>(bytes);
}

std::size_t chunk_of(const Setup& setup) {
  if (setup.dispatch == Dispatch::kSubmit) return 1;
  if (setup.chunk != 0) return setup.chunk;
  return std::max<std::size_t>(1, setup.shape.tasks / (std::size_t{4} * setup.workers));
}

std::size_t packed_bytes(std::size_t count, std::size_t capacity) {
  return count * (sizeof(std::uint32_t) + capacity);
}

std::size_t first_of(std::size_t rank, std::size_t tasks, std::size_t ranks) { return tasks * rank / ranks; }

namespace {

// One rank's usage as it crosses. -1: it could not be read.
struct Sent {
  std::uint64_t tasks, cpu_ns;
  std::int64_t run_delay_ns, throttled_ns, steal_ns;
  double spin_ns;
};

std::int64_t sent(const std::optional<std::uint64_t>& value) {
  return value ? static_cast<std::int64_t>(*value) : -1;
}

std::optional<std::uint64_t> received(std::int64_t value) {
  return value < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(value));
}

// A chain of dependent multiplications, some 100 us.
double time_of_spin_ns() {
  constexpr int kSteps = 60'000;
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t value = 88172645463325252U;
  for (int i = 0; i < kSteps; ++i) value = value * 6364136223846793005U + 1442695040888963407U;
  volatile std::uint64_t kept = value;
  static_cast<void>(kept);
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
}

Sent own_usage(std::uint64_t tasks) {
  const Usage usage = read_usage({});
  return {.tasks = tasks,
          .cpu_ns = usage.total_cpu_ns,
          .run_delay_ns = sent(usage.caller_run_delay_ns),
          .throttled_ns = sent(throttled_ns()),
          .steal_ns = sent(steal_ns()),
          .spin_ns = time_of_spin_ns()};
}

}  // namespace

std::vector<RankUsage> gather_usage(std::uint64_t tasks) {
  const Sent own = own_usage(tasks);
  std::vector<Sent> all(world.rank == 0 ? static_cast<std::size_t>(world.ranks) : 0);
  MPI_Gather(&own, sizeof own, MPI_BYTE, all.data(), sizeof own, MPI_BYTE, 0, MPI_COMM_WORLD);
  std::vector<RankUsage> usages;
  for (std::size_t rank = 0; rank < all.size(); ++rank) {
    usages.push_back({.host = world.hosts[rank],
                      .is_far = world.hosts[rank] != world.host,
                      .tasks = all[rank].tasks,
                      .cpu_ns = all[rank].cpu_ns,
                      .run_delay_ns = received(all[rank].run_delay_ns),
                      .throttled_ns = received(all[rank].throttled_ns),
                      .steal_ns = received(all[rank].steal_ns),
                      .spin_ns = all[rank].spin_ns});
  }
  return usages;
}

void introduce() {
  char host[MPI_MAX_PROCESSOR_NAME] = "";
  int length = 0;
  MPI_Get_processor_name(host, &length);
  world.host = host;
  const auto ranks = static_cast<std::size_t>(world.ranks);
  std::vector<int> processes(ranks);
  std::vector<char> hosts(ranks * MPI_MAX_PROCESSOR_NAME);
  const int process = ::getpid();
  MPI_Gather(&process, 1, MPI_INT, processes.data(), 1, MPI_INT, 0, MPI_COMM_WORLD);
  MPI_Gather(host, MPI_MAX_PROCESSOR_NAME, MPI_CHAR, hosts.data(), MPI_MAX_PROCESSOR_NAME, MPI_CHAR, 0,
             MPI_COMM_WORLD);
  if (world.rank != 0) return;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    world.hosts.emplace_back(&hosts[rank * MPI_MAX_PROCESSOR_NAME]);
    if (rank != 0 && world.hosts.back() == world.host)
      world.others.push_back({WorkerId::Kind::kProcess, processes[rank]});
  }
  const std::set<std::string> different(world.hosts.begin(), world.hosts.end());
  char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  MPI_Get_library_version(version, &length);
  const std::string text(version);
  world.facts = {{"mpi", text.substr(0, text.find_first_of(",\n"))},
                 {"ranks", std::to_string(world.ranks)},
                 {"hosts", std::to_string(different.size())}};
}

}  // namespace breakeven
