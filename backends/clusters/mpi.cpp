// The cell of the backend `mpi`. Rank 0 is the harness's own cell with one more backend in it; the other ranks serve it
// until it is through. Open MPI and MPICH; the harness starts it by the launcher of its manifest.
//
// A farm: rank 0 keeps some chunks on their way to each rank, sends inputs from the job's slots, and receives single
// outputs into them. mode=static: one scatter and one gather, with equal shares.
#include <mpi.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "backends/contract/error.h"
#include "bench/cell/cell.h"

namespace breakeven {
namespace {

enum class Order : int { kStop, kFarm, kStatic };

constexpr std::uint32_t kFailed = 1U << 31;  // in a packed length: the task failed, and has no output
constexpr int kFailedTag = 1;                // of a single output; else 0
constexpr unsigned kBeyondTheDeadline = 5;   // seconds: what a rank lives on behind a link that was cut

struct World {
  int rank = 0, ranks = 1;
  std::vector<WorkerId> others;
  std::map<std::string, std::string> facts;
};
World world;

int ranks_needed(const Setup& setup) {
  const bool all_work = setup.options.at("mode") == "static" || setup.options.at("help") == "on";
  return static_cast<int>(setup.workers) + (all_work ? 0 : 1);
}

std::size_t chunk_of(const Setup& setup) {
  if (setup.dispatch == Dispatch::kSubmit) return 1;
  if (setup.chunk != 0) return setup.chunk;
  return std::max<std::size_t>(1, setup.shape.tasks / (std::size_t{4} * setup.workers));
}

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

// Lengths of `count` outputs, then the outputs.
std::size_t packed_bytes(std::size_t count, std::size_t capacity) {
  return count * (sizeof(std::uint32_t) + capacity);
}

std::size_t first_of(std::size_t rank, std::size_t tasks, std::size_t ranks) { return tasks * rank / ranks; }

// --- rank 0

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
  std::uint64_t moved = 0;

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
    --open;
    give(place);
  };

  for (std::size_t place = 0; place < lent.size(); ++place) give(place);
  while (open != 0 || next < tasks) {
    int place = MPI_UNDEFINED, found = 1;
    MPI_Status status;
    if (help_ && next < tasks) {
      MPI_Testany(whole(results.size()), results.data(), &place, &found, &status);
      if (found == 0 || place == MPI_UNDEFINED) {
        const auto own = next++;
        job.execute(0, own, own + 1);
        continue;
      }
    } else {
      MPI_Waitany(whole(results.size()), results.data(), &place, &status);
    }
    fetched(static_cast<std::size_t>(place), status);
  }
  for (int rank = 1; rank < world.ranks; ++rank)
    MPI_Send(nullptr, 0, MPI_BYTE, rank, 0, MPI_COMM_WORLD);  // the end of the run
  return {.bytes_moved = moved};
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
  return {.bytes_moved = moved};
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

// --- the other ranks

// Runs tasks whose inputs lie one after the other; returns the bytes of the packed outputs.
std::size_t run_packed(const Workload& workload, std::size_t count, const std::byte* inputs, std::byte* out) {
  std::vector<std::uint32_t> lengths(count);
  std::byte* at = out + count * sizeof(std::uint32_t);
  const auto function = [&workload](Bytes input, MutableBytes output) { return workload.run(input, output); };
  for (std::size_t i = 0; i < count; ++i) {
    const auto result = run_task(function, {inputs + i * workload.input_size(), workload.input_size()},
                                 {at, workload.output_capacity()});
    lengths[i] = result.failed ? kFailed : static_cast<std::uint32_t>(result.bytes);
    at += result.failed ? 0 : result.bytes;
  }
  std::memcpy(out, lengths.data(), count * sizeof(std::uint32_t));
  return static_cast<std::size_t>(at - out);
}

class Server {
 public:
  Server(const Workload& workload, const Setup& setup)
      : workload_(workload), tasks_(setup.shape.tasks), chunk_(chunk_of(setup)) {}

  void serve() {
    for (;;) {
      switch (broadcast(Order::kStop)) {
        case Order::kStop:
          return;
        case Order::kFarm:
          farm();
          break;
        case Order::kStatic:
          share();
          break;
      }
    }
  }

 private:
  void farm() {
    const std::size_t most = std::max<std::size_t>(1, std::min(chunk_, tasks_)),
                      input = workload_.input_size();
    for (auto& buffer : inputs_) buffer.resize(most * input);
    output_.resize(packed_bytes(most, workload_.output_capacity()));
    MPI_Request next = MPI_REQUEST_NULL;
    const auto receive = [&](std::vector<std::byte>& buffer) {
      MPI_Irecv(buffer.data(), whole(buffer.size()), MPI_BYTE, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &next);
    };
    receive(inputs_[0]);
    for (std::size_t turn = 0;; turn ^= 1) {
      MPI_Status status;
      MPI_Wait(&next, &status);
      int bytes = 0;
      MPI_Get_count(&status, MPI_BYTE, &bytes);
      if (bytes == 0) return;
      receive(inputs_[turn ^ 1]);  // comes while these are worked on
      answer(static_cast<std::size_t>(bytes) / input, inputs_[turn].data());
    }
  }

  void answer(std::size_t count, const std::byte* inputs) {
    if (chunk_ != 1) {
      const auto bytes = run_packed(workload_, count, inputs, output_.data());
      MPI_Send(output_.data(), whole(bytes), MPI_BYTE, 0, 0, MPI_COMM_WORLD);
      return;
    }
    const auto function = [this](Bytes input, MutableBytes output) { return workload_.run(input, output); };
    const auto result =
        run_task(function, {inputs, workload_.input_size()}, {output_.data(), workload_.output_capacity()});
    MPI_Send(output_.data(), result.failed ? 0 : whole(result.bytes), MPI_BYTE, 0,
             result.failed ? kFailedTag : 0, MPI_COMM_WORLD);
  }

  void share() {
    const auto rank = static_cast<std::size_t>(world.rank), ranks = static_cast<std::size_t>(world.ranks);
    const std::size_t count = first_of(rank + 1, tasks_, ranks) - first_of(rank, tasks_, ranks);
    inputs_[0].resize(count * workload_.input_size());
    output_.resize(packed_bytes(count, workload_.output_capacity()));
    MPI_Scatterv(nullptr, nullptr, nullptr, MPI_BYTE, inputs_[0].data(), whole(inputs_[0].size()), MPI_BYTE,
                 0, MPI_COMM_WORLD);
    int bytes = whole(run_packed(workload_, count, inputs_[0].data(), output_.data()));
    MPI_Gather(&bytes, 1, MPI_INT, nullptr, 0, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Gatherv(output_.data(), bytes, MPI_BYTE, nullptr, nullptr, nullptr, MPI_BYTE, 0, MPI_COMM_WORLD);
  }

  const Workload& workload_;
  const std::size_t tasks_, chunk_;
  std::vector<std::byte> inputs_[2], output_;
};

// --- the program

// All ranks tell rank 0 where they are.
void introduce() {
  char host[MPI_MAX_PROCESSOR_NAME] = "";
  int length = 0;
  MPI_Get_processor_name(host, &length);
  const auto ranks = static_cast<std::size_t>(world.ranks);
  std::vector<int> processes(ranks);
  std::vector<char> hosts(ranks * MPI_MAX_PROCESSOR_NAME);
  const int process = ::getpid();
  MPI_Gather(&process, 1, MPI_INT, processes.data(), 1, MPI_INT, 0, MPI_COMM_WORLD);
  MPI_Gather(host, MPI_MAX_PROCESSOR_NAME, MPI_CHAR, hosts.data(), MPI_MAX_PROCESSOR_NAME, MPI_CHAR, 0,
             MPI_COMM_WORLD);
  if (world.rank != 0) return;
  for (std::size_t rank = 1; rank < ranks; ++rank) {
    const bool here = std::strcmp(host, &hosts[rank * MPI_MAX_PROCESSOR_NAME]) == 0;
    if (here) world.others.push_back({WorkerId::Kind::kProcess, processes[rank]});
  }
  char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  MPI_Get_library_version(version, &length);
  const std::string text(version);
  world.facts = {{"mpi", text.substr(0, text.find_first_of(",\n"))}, {"ranks", std::to_string(world.ranks)}};
}

// The request of the command line, the same in every rank; `-`: what rank 0 finds on standard input.
std::string request_of(int count, char** words) {
  std::string text = count > 1 ? words[count - 1] : "";
  if (text != "-") return text;
  if (world.rank == 0) text.assign(std::istreambuf_iterator<char>(std::cin), {});
  auto size = static_cast<std::uint64_t>(text.size());
  MPI_Bcast(&size, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
  text.resize(size);
  MPI_Bcast(text.data(), whole(size), MPI_CHAR, 0, MPI_COMM_WORLD);
  return text;
}

int run(const std::string& text) {
  const Request request = request_from_json(parse_json(text, "request"));
  ::alarm(static_cast<unsigned>(std::ceil(request.deadline_s)) +
          kBeyondTheDeadline);  // whatever becomes of rank 0
  introduce();
  if (world.rank != 0) {
    Shape shape = request.c.shape;
    shape.extra = request.extra;
    const auto workload = WorkloadRegistry::instance().find(request.c.workload)->make(shape);
    Setup setup{.shape = shape,
                .workers = request.c.workers,
                .dispatch = request.c.dispatch,
                .chunk = request.c.chunk,
                .options = {}};
    Server(*workload, setup).serve();
    return 0;
  }
  const Record record = measure_sample(request);
  if (record.ok()) broadcast(Order::kStop);
  std::cout << record_line(record) << std::endl;
  return record.ok() ? 0 : 1;
}

}  // namespace
}  // namespace breakeven

int main(int count, char** words) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // with the launcher, or its daemon on another host
  MPI_Init(&count, &words);
  MPI_Comm_rank(MPI_COMM_WORLD, &breakeven::world.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &breakeven::world.ranks);
  int code = 2;
  try {
    code = breakeven::run(breakeven::request_of(count, words));
  } catch (const std::exception& error) {
    if (breakeven::world.rank == 0) std::cerr << "breakeven_mpi: " << error.what() << std::endl;
  }
  // A rank that ends otherwise would leave the others waiting.
  if (code != 0) MPI_Abort(MPI_COMM_WORLD, code);
  MPI_Finalize();
  return 0;
}
