// The backend `mpi`, in rank 0: the harness's own cell with one more backend in it.
//
// A farm: rank 0 keeps some chunks on their way to each rank, sends inputs from the job's slots, and receives single
// outputs into them. mode=static: one scatter and one gather, with equal shares.
#include <mpi.h>

#include <cstring>
#include <stdexcept>

#include "backends/clusters/world.h"

namespace breakeven {
namespace {

// How often a caller that runs tasks itself looks for results between two of them. Open MPI reads its sockets in every
// eighth call only: with one look a task the far ranks wait for several tasks of the caller's.
constexpr int kLooks = 8;

int ranks_needed(const Setup& setup) {
  const bool all_work = setup.options.at("mode") == "static" || setup.options.at("help") == "on";
  return static_cast<int>(setup.workers) + (all_work ? 0 : 1);
}

class Mpi final : public Backend {
 public:
  explicit Mpi(const Plan& plan)
      : plan_(plan),
        farm_(plan.options.at("mode") == "farm"),
        help_(plan.options.at("help") == "on"),
        prefetch_(std::stoul(plan.options.at("prefetch"))) {}

  ~Mpi() override {
    if (type_ != MPI_DATATYPE_NULL) MPI_Type_free(&type_);
  }

  void start() override {
    if (const int needed = ranks_needed(plan_); world.ranks != needed)
      throw std::runtime_error("the launcher started " + std::to_string(world.ranks) +
                               " ranks, and the case needs " + std::to_string(needed));
  }

  std::vector<RankUsage> ranks() override {
    broadcast(Order::kUsage);
    return gather_usage(own_tasks_);
  }

  std::vector<WorkerId> workers() const override { return world.others; }
  std::map<std::string, std::string> facts() const override { return world.facts; }

  Outcome run(Job& job) override {
    if (type_of_ != job.memory_id()) make_type(job);
    return farm_ ? farm(job) : scatter(job);
  }

 private:
  struct Chunk {
    std::size_t first = 0, count = 0;
  };

  // A chunk that a rank has.
  struct Lent {
    Chunk chunk;
    std::vector<std::byte> packed;  // where several outputs come together
    MPI_Request sent = MPI_REQUEST_NULL;
  };

  // One input, in steps of the slots.
  void make_type(const Job& job) {
    if (type_ != MPI_DATATYPE_NULL) MPI_Type_free(&type_);
    MPI_Datatype bytes = MPI_DATATYPE_NULL;
    MPI_Type_contiguous(whole(job.input_size()), MPI_BYTE, &bytes);
    MPI_Type_create_resized(bytes, 0, static_cast<MPI_Aint>(job.input_stride()), &type_);
    MPI_Type_commit(&type_);
    MPI_Type_free(&bytes);
    type_of_ = job.memory_id();
  }

  Outcome farm(Job& job);
  Outcome scatter(Job& job);
  std::uint64_t unpack(Job& job, unsigned worker, std::size_t first, std::size_t count,
                       const std::byte* from);
  unsigned worker_of(int rank) const { return static_cast<unsigned>(rank) - (farm_ && !help_ ? 1U : 0U); }

  const Plan plan_;
  const bool farm_, help_;
  const std::size_t prefetch_;
  MPI_Datatype type_ = MPI_DATATYPE_NULL;
  std::uint64_t type_of_ = 0;
  std::vector<std::byte> gathered_;
  std::uint64_t own_tasks_ = 0;  // that rank 0 has run
};

std::uint64_t Mpi::unpack(Job& job, unsigned worker, std::size_t first, std::size_t count,
                          const std::byte* from) {
  std::vector<std::uint32_t> lengths(count);
  std::memcpy(lengths.data(), from, count * sizeof(std::uint32_t));
  const std::byte* at = from + count * sizeof(std::uint32_t);
  for (std::size_t i = 0; i < count; ++i) {
    const bool failed = (lengths[i] & kFailed) != 0;
    const std::size_t bytes = failed ? 0 : lengths[i];
    std::memcpy(job.output(first + i).data(), at, bytes);
    job.complete(worker, first + i, {bytes, failed, failed ? "the task failed on its rank" : ""});
    at += bytes;
  }
  return static_cast<std::uint64_t>(at - from);
}

Outcome Mpi::farm(Job& job) {
  broadcast(Order::kFarm);
  const std::size_t tasks = job.size(), chunk = chunk_of(plan_), capacity = job.output_capacity();
  const auto servers = static_cast<std::size_t>(world.ranks - 1);
  std::vector<Lent> lent(servers * prefetch_);
  std::vector<MPI_Request> results(lent.size(), MPI_REQUEST_NULL);
  std::size_t next = 0, open = 0;
  std::uint64_t moved = 0, messages = 0;

  const auto give = [&](std::size_t place) {
    if (next >= tasks) return;
    Lent& one = lent[place];
    const int rank = static_cast<int>(place % servers) + 1;
    one.chunk = {next, std::min(chunk, tasks - next)};
    next += one.chunk.count;
    if (chunk == 1) {
      MPI_Irecv(job.output(one.chunk.first).data(), whole(capacity), MPI_BYTE, rank, MPI_ANY_TAG,
                MPI_COMM_WORLD, &results[place]);
    } else {
      one.packed.resize(packed_bytes(one.chunk.count, capacity));
      MPI_Irecv(one.packed.data(), whole(one.packed.size()), MPI_BYTE, rank, MPI_ANY_TAG, MPI_COMM_WORLD,
                &results[place]);
    }
    MPI_Isend(job.input(one.chunk.first).data(), whole(one.chunk.count), type_, rank, 0, MPI_COMM_WORLD,
              &one.sent);
    moved += one.chunk.count * job.input_size();
    ++messages;
    ++open;
  };

  const auto fetched = [&](std::size_t place, const MPI_Status& status) {
    Lent& one = lent[place];
    const unsigned worker = worker_of(status.MPI_SOURCE);
    if (chunk == 1) {
      int bytes = 0;
      MPI_Get_count(&status, MPI_BYTE, &bytes);
      const bool failed = status.MPI_TAG == kFailedTag;
      job.complete(worker, one.chunk.first,
                   {static_cast<std::size_t>(bytes), failed, failed ? "the task failed on its rank" : ""});
      moved += static_cast<std::uint64_t>(bytes);
    } else {
      moved += unpack(job, worker, one.chunk.first, one.chunk.count, one.packed.data());
    }
    MPI_Wait(&one.sent, MPI_STATUS_IGNORE);
    ++messages;
    --open;
    give(place);
  };

  for (std::size_t place = 0; place < lent.size(); ++place) give(place);
  while (open != 0 || next < tasks) {
    int place = MPI_UNDEFINED, found = 1;
    MPI_Status status;
    if (help_ && next < tasks) {
      found = 0;
      for (int look = 0; look < kLooks && found == 0 && open != 0; ++look)
        MPI_Testany(whole(results.size()), results.data(), &place, &found, &status);
      if (found == 0 || place == MPI_UNDEFINED) {
        const auto own = next++;
        job.execute(0, own, own + 1);
        ++own_tasks_;
        continue;
      }
    } else {
      MPI_Waitany(whole(results.size()), results.data(), &place, &status);
    }
    fetched(static_cast<std::size_t>(place), status);
  }
  for (int rank = 1; rank < world.ranks; ++rank)
    MPI_Send(nullptr, 0, MPI_BYTE, rank, 0, MPI_COMM_WORLD);  // the end of the run
  return {.bytes_moved = moved, .messages = messages};
}

Outcome Mpi::scatter(Job& job) {
  broadcast(Order::kStatic);
  const auto ranks = static_cast<std::size_t>(world.ranks);
  std::vector<int> counts(ranks), firsts(ranks), bytes(ranks), places(ranks);
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    firsts[rank] = whole(first_of(rank, job.size(), ranks));
    counts[rank] = whole(first_of(rank + 1, job.size(), ranks)) - firsts[rank];
  }
  MPI_Scatterv(job.size() != 0 ? job.input(0).data() : nullptr, counts.data(), firsts.data(), type_,
               MPI_IN_PLACE, 0, MPI_BYTE, 0, MPI_COMM_WORLD);
  job.execute(0, 0, static_cast<std::size_t>(counts[0]));
  own_tasks_ += static_cast<std::uint64_t>(counts[0]);
  int none = 0;
  MPI_Gather(&none, 1, MPI_INT, bytes.data(), 1, MPI_INT, 0, MPI_COMM_WORLD);
  std::size_t all = 0;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    places[rank] = whole(all);
    all += static_cast<std::size_t>(bytes[rank]);
  }
  if (gathered_.size() < all) gathered_.resize(all);
  MPI_Gatherv(nullptr, 0, MPI_BYTE, gathered_.data(), bytes.data(), places.data(), MPI_BYTE, 0,
              MPI_COMM_WORLD);
  std::uint64_t moved = 0;
  for (std::size_t rank = 1; rank < ranks; ++rank) {
    const auto count = static_cast<std::size_t>(counts[rank]);
    moved += count * job.input_size() + unpack(job, static_cast<unsigned>(rank),
                                               static_cast<std::size_t>(firsts[rank]), count,
                                               gathered_.data() + places[rank]);
  }
  return {.bytes_moved = moved, .messages = 2 * (ranks - 1)};
}

const BackendRegistration registration({
    .name = "mpi",
    .summary = "MPI: a farm of ranks, or Scatterv and Gatherv",
    .options = {{"help", {"off", "on"}, "whether rank 0 runs tasks too"},
                {"mode", {"farm", "static"}, "chunks on demand, or equal shares at once"},
                {"prefetch", {"2", "1", "4"}, "chunks on their way to a rank, of a farm"}},
    .traits = [](const Setup&) { return Traits{.processes = true}; },
    .unsupported = [](const Setup&) -> std::optional<std::string> { return std::nullopt; },
    .make = make_backend<Mpi>,
});

}  // namespace
}  // namespace breakeven
