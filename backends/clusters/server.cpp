// The ranks of `mpi` beside rank 0: they run what it sends.
#include <mpi.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "backends/clusters/world.h"

namespace breakeven {
namespace {

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
        case Order::kUsage:
          gather_usage(done_);
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
      const auto count = static_cast<std::size_t>(bytes) / input;
      answer(count, inputs_[turn].data());
      done_ += count;
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
    done_ += count;
    MPI_Gather(&bytes, 1, MPI_INT, nullptr, 0, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Gatherv(output_.data(), bytes, MPI_BYTE, nullptr, nullptr, nullptr, MPI_BYTE, 0, MPI_COMM_WORLD);
  }

  const Workload& workload_;
  const std::size_t tasks_, chunk_;
  std::vector<std::byte> inputs_[2], output_;
  std::uint64_t done_ = 0;  // tasks that this rank has run
};

}  // namespace

void serve(const Workload& workload, const Setup& setup) { Server(workload, setup).serve(); }

}  // namespace breakeven
