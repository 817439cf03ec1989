// Which CPUs a pinned case gets, and how its workers are kept there.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/backend.h"
#include "bench/machine/topology.h"

namespace breakeven {

enum class Pin { kNone, kCompact, kSpread };

// The CPUs of a case, in the order in which workers are bound to them (worker i to the i-th, beginning anew
// where there are more workers). compact: neighbours first, all hardware threads of a core, all cores of a
// package. spread: one hardware thread of each core first, alternating between packages. Where cores differ in
// kind, both take the more powerful ones first. Empty for none. A subset of `allowed`: at most `workers` of
// them. Picking from what was picked gives the same.
std::vector<int> pinned_cpus(Pin pin, std::vector<Cpu> allowed, unsigned workers);

// Of the CPUs that this process may use. Looks at the machine only where there is a pin.
std::vector<int> pinned_cpus(Pin pin, unsigned workers);

std::string cpu_list(std::vector<int> cpus);  // sorted, as in "0,1,4"

// Linux: sched_setaffinity(2). `id` is a thread or process, 0 the calling thread. Throws std::system_error.
void set_affinity(pid_t id, const std::vector<int>& cpus);

// Binds the caller, where it works, and the backend's live workers to one CPU each.
void bind_workers(const std::vector<int>& cpus, const Backend& backend, bool caller_works);

// A workload that does what `inner` does, and before the first task in each worker looks whether that worker
// is where it should be, from inside it: a worker that is not fails the task. Costs one comparison a task
// otherwise. Once expect_single() is called, each worker must be bound to one CPU alone; forked ones see
// that too. Thread-safe.
class PinChecked : public Workload {
 public:
  PinChecked(std::unique_ptr<const Workload> inner, std::vector<int> cpus);
  ~PinChecked() override;

  void expect_single();

  std::size_t input_size() const override { return inner_->input_size(); }
  std::size_t output_capacity() const override { return inner_->output_capacity(); }
  void fill(std::size_t task, MutableBytes input) const override { inner_->fill(task, input); }
  std::size_t run(Bytes input, MutableBytes output) const override;
  double weight(std::size_t task) const override { return inner_->weight(task); }
  std::unique_ptr<Objects> objects() const override;

 private:
  class CheckedObjects;
  void look() const;  // once in each worker, and again when more is expected
  void check() const;

  std::unique_ptr<const Workload> inner_;
  std::vector<int> cpus_;
  struct Shared;  // with forked workers
  Shared* shared_;
};

}  // namespace breakeven
