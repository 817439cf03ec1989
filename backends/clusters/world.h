// What the two ends of the cell of MPI agree on: rank 0, which measures, and the ranks that serve it.
#pragma once

#include <mpi.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "backends/backend.h"

namespace breakeven {

enum class Order : int { kStop, kFarm, kStatic, kUsage };

constexpr std::uint32_t kFailed = 1U << 31;  // in a packed length: the task failed, and has no output
constexpr int kFailedTag = 1;                // of a single output; else 0

// Set once by main, then only read.
struct World {
  int rank = 0, ranks = 1;
  std::string host;                          // of this rank
  std::vector<std::string> hosts;            // rank 0: of every rank
  std::vector<WorkerId> others;              // rank 0: the ranks on its own host
  std::map<std::string, std::string> facts;  // rank 0
};
extern World world;

Order broadcast(Order order);  // from rank 0; all call it

// A number of bytes as MPI counts it. Throws UsageError where it is too large.
int whole(std::size_t bytes);

std::size_t chunk_of(const Setup& setup);  // tasks in a message

// Room for the lengths of `count` outputs, and then those.
std::size_t packed_bytes(std::size_t count, std::size_t capacity);

// The first task of a rank's equal share.
std::size_t first_of(std::size_t rank, std::size_t tasks, std::size_t ranks);

// What each rank has used so far; all call it, and rank 0 gets the answers. `tasks`: that this rank has run.
std::vector<RankUsage> gather_usage(std::uint64_t tasks);

// All ranks tell rank 0 where they are.
void introduce();

// Serves rank 0 until it says stop. Throws std::exception.
void serve(const Workload& workload, const Setup& setup);

}  // namespace breakeven
