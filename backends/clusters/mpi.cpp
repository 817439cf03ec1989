// The cell of the backend `mpi`, one source for Open MPI and MPICH. Rank 0 is the harness's own cell with one more backend
// in it; the other ranks serve it until it is through. The harness starts it by the launcher of its manifest.
#include <iostream>

#include "backends/clusters/main.h"
#include "backends/clusters/world.h"
#include "bench/cell/cell.h"
#include "bench/plan/protocol.h"

namespace {

int run(const std::string& text) {
  using namespace breakeven;
  const Request request = request_from_json(parse_json(text, "request"));
  introduce();
  if (world.rank != 0) {
    Shape shape = request.c.shape;
    shape.extra = request.extra;
    const auto workload = WorkloadRegistry::instance().find(request.c.workload)->make(shape);
    serve(*workload, {.shape = shape,
                      .workers = request.c.workers,
                      .dispatch = request.c.dispatch,
                      .chunk = request.c.chunk,
                      .options = {}});
    return 0;
  }
  const Record record = measure_sample(request);
  if (record.ok()) broadcast(Order::kStop);
  std::cout << record_line(record) << std::endl;
  return record.ok() ? 0 : 1;
}

}  // namespace

int main(int count, char** words) { return breakeven::run_with_mpi("breakeven_mpi", count, words, run); }
