// A workload is a pure function from one task's input bytes to its output bytes. It knows no backend.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "backends/contract/bytes.h"
#include "backends/contract/objects.h"
#include "backends/contract/registry.h"
#include "backends/contract/shape.h"

namespace breakeven {

// Pure and thread-safe: every method may be called from any thread, and in a process forked from this one.
class Workload {
 public:
  virtual ~Workload() = default;

  // Sizes of one task's slots in bytes: header and payload together. Equal for all tasks of a shape.
  virtual std::size_t input_size() const = 0;
  virtual std::size_t output_capacity() const = 0;

  // Writes the whole input of `task`. Untimed; a function of (seed, task) alone. `input`
  // is input_size() long.
  virtual void fill(std::size_t task, MutableBytes input) const = 0;

  // Reads every byte of `input`, writes the result to the front of `output` (output_capacity() long), and
  // returns how many bytes it wrote. A throw fails this task alone. Its time is what the project measures.
  virtual std::size_t run(Bytes input, MutableBytes output) const = 0;

  std::size_t operator()(Bytes input, MutableBytes output) const { return run(input, output); }

  // Cost of a task relative to the others, for the ceiling's split into equal shares. Untimed, may be as
  // slow as run.
  virtual double weight(std::size_t /*task*/) const { return 1.0; }

  // The tasks of its shape as objects, of which run() is what another process does; nullptr: bytes are all there is.
  virtual std::unique_ptr<Objects> objects() const { return nullptr; }
};

// Whether the file that includes this is compiled with optimisation, where its compiler says so.
#if defined(__GNUC__) && !defined(__OPTIMIZE__)
constexpr bool kOptimised = false;
#else
constexpr bool kOptimised = true;
#endif

// Of the slots of one task, in bytes.
struct Sizes {
  std::size_t in = 0, out = 0;
};

// Of a workload that only cells of another language can run: what such a cell says of it.
struct Described {
  std::size_t tasks = 0;  // at most so many
  double task_ns = 0;     // of one, in a plain loop there
};

struct WorkloadFactory {
  std::string name;
  std::string summary;  // one line for `breakeven list`
  // Why this shape makes no sense for the workload (for example: its cost is fixed by its input), or nullopt.
  std::function<std::optional<std::string>(const Shape&)> unsupported;
  std::function<std::unique_ptr<const Workload>(const Shape&)> make;
  bool optimised = kOptimised;  // as the file that registers it is compiled
  bool has_cost = false;  // whether time grows linearly with Shape::cost: then a suite may write it as a time
  // Where they are the workload's own, and not the shape's: the case shows them as its payload. May run some tasks.
  std::function<Sizes(const Shape&)> sizes = {};
  std::optional<Described> described = {};  // then `make` has nothing to make
};

using WorkloadRegistry = Registry<WorkloadFactory>;
using WorkloadRegistration = Registration<WorkloadFactory>;

// Workloads that are made from their name: `name` is what theirs begin with, as in `command/FILE`.
struct WorkloadFamily {
  std::string name;
  std::string summary;
  std::function<WorkloadFactory(const std::string& whole)> make;  // throws UsageError where there is none
};

using WorkloadFamilies = Registry<WorkloadFamily>;
using WorkloadFamilyRegistration = Registration<WorkloadFamily>;

// The workload, made and registered now where it is one of a family; nullptr where there is none. Not thread-safe, and
// pointers of before do not outlive it.
inline const WorkloadFactory* find_workload(const std::string& name) {
  auto& registry = WorkloadRegistry::instance();
  if (const auto* known = registry.find(name)) return known;
  for (const auto& family : WorkloadFamilies::instance().all()) {
    if (!name.starts_with(family.name)) continue;
    registry.add(family.make(name));
    return registry.find(name);
  }
  return nullptr;
}

}  // namespace breakeven
