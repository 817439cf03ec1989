#include "bench/machine/pinning.h"

#include <sched.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <new>
#include <stdexcept>
#include <system_error>
#include <tuple>

namespace breakeven {
namespace {

// A CPU's place among its siblings, and its core's among the cores of its package.
struct Rank {
  int sibling = 0, core = 0;
};

std::vector<Rank> ranks(const std::vector<Cpu>& cpus) {
  std::map<int, int> siblings;              // by core: CPUs seen
  std::map<int, std::map<int, int>> cores;  // by package: core to its rank
  std::vector<Rank> result;
  for (const auto& cpu : cpus) {
    const int core = cpu.core.value_or(cpu.id);
    auto& of_package = cores[cpu.package.value_or(0)];
    const auto rank = of_package.try_emplace(core, static_cast<int>(of_package.size())).first->second;
    result.push_back({siblings[core]++, rank});
  }
  return result;
}

}  // namespace

std::vector<int> pinned_cpus(Pin pin, std::vector<Cpu> allowed, unsigned workers) {
  if (pin == Pin::kNone) return {};
  std::ranges::sort(allowed, {}, [](const Cpu& cpu) {
    return std::tuple(-cpu.kind.value_or(0), cpu.node.value_or(0), cpu.package.value_or(0),
                      cpu.core.value_or(cpu.id), cpu.id);
  });
  const auto rank = ranks(allowed);
  std::vector<std::size_t> order(allowed.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (pin == Pin::kSpread) {
    std::ranges::stable_sort(order, {}, [&](std::size_t i) {
      return std::tuple(-allowed[i].kind.value_or(0), rank[i].sibling, rank[i].core,
                        allowed[i].package.value_or(0));
    });
  }
  std::vector<int> cpus;
  for (const auto i : order) {
    if (cpus.size() < workers) cpus.push_back(allowed[i].id);
  }
  return cpus;
}

std::vector<int> pinned_cpus(Pin pin, unsigned workers) {
  return pin == Pin::kNone ? std::vector<int>{} : pinned_cpus(pin, allowed_cpus(), workers);
}

std::string cpu_list(std::vector<int> cpus) {
  std::ranges::sort(cpus);
  std::string text;
  for (const int cpu : cpus) text += (text.empty() ? "" : ",") + std::to_string(cpu);
  return text;
}

void set_affinity(pid_t id, const std::vector<int>& cpus) {
  const auto most = static_cast<std::size_t>(*std::ranges::max_element(cpus)) + 1;
  const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> mask(CPU_ALLOC(most),
                                                              [](cpu_set_t* m) { CPU_FREE(m); });
  const auto bytes = CPU_ALLOC_SIZE(most);
  CPU_ZERO_S(bytes, mask.get());
  for (const int cpu : cpus) CPU_SET_S(static_cast<std::size_t>(cpu), bytes, mask.get());
  if (::sched_setaffinity(id, bytes, mask.get()) != 0) {
    throw std::system_error(errno, std::generic_category(),
                            "cannot bind worker " + std::to_string(id) + " to CPU " + cpu_list(cpus));
  }
}

void bind_workers(const std::vector<int>& cpus, const Backend& backend, bool caller_works) {
  std::size_t next = 0;
  const auto take = [&] { return std::vector<int>{cpus[next++ % cpus.size()]}; };
  if (caller_works) set_affinity(0, take());
  for (const auto& worker : backend.workers()) set_affinity(worker.id, take());
}

struct PinChecked::Shared {
  std::atomic<unsigned> epoch{1};  // rises when more is expected; nothing else is published through it
};

PinChecked::PinChecked(std::unique_ptr<const Workload> inner, std::vector<int> cpus)
    : inner_(std::move(inner)), cpus_(std::move(cpus)) {
  void* const memory =
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "cannot share a page");
  shared_ = new (memory) Shared;
}

PinChecked::~PinChecked() { ::munmap(shared_, sizeof(Shared)); }

void PinChecked::expect_single() { shared_->epoch.fetch_add(1, std::memory_order_relaxed); }

class PinChecked::CheckedObjects final : public Objects {
 public:
  CheckedObjects(const PinChecked& checked, std::unique_ptr<Objects> inner)
      : checked_(checked), inner_(std::move(inner)) {}

  void make_input(std::size_t task) override { inner_->make_input(task); }
  void run(std::size_t task) override {
    checked_.look();
    inner_->run(task);
  }
  std::size_t input_bytes(std::size_t task) const override { return inner_->input_bytes(task); }
  void write_input(std::size_t task, MutableBytes to) const override { inner_->write_input(task, to); }
  void read_output(std::size_t task, Bytes from) override { inner_->read_output(task, from); }
  std::size_t output_bytes(std::size_t task) const override { return inner_->output_bytes(task); }
  void write_output(std::size_t task, MutableBytes to) const override { inner_->write_output(task, to); }
  void forget() override { inner_->forget(); }
  std::optional<Comparison> compared() override { return inner_->compared(); }

 private:
  const PinChecked& checked_;
  std::unique_ptr<Objects> inner_;
};

std::unique_ptr<Objects> PinChecked::objects() const {
  auto inner = inner_->objects();
  return inner ? std::make_unique<CheckedObjects>(*this, std::move(inner)) : nullptr;
}

std::size_t PinChecked::run(Bytes input, MutableBytes output) const {
  look();
  return inner_->run(input, output);
}

void PinChecked::look() const {
  thread_local unsigned checked = 0;  // a forked worker begins with its parent's, which did not move either
  thread_local const PinChecked* by = nullptr;
  const auto epoch = shared_->epoch.load(std::memory_order_relaxed);
  if (checked != epoch || by != this) {
    check();
    checked = epoch;
    by = this;
  }
}

void PinChecked::check() const {
  const auto here = affinity_mask();
  const bool single = shared_->epoch.load(std::memory_order_relaxed) > 1;
  const bool inside =
      std::ranges::all_of(here, [this](int cpu) { return std::ranges::count(cpus_, cpu) != 0; });
  if (inside && (!single || here.size() == 1)) return;
  throw std::runtime_error("a worker may run on CPU " + cpu_list(here) + " where " +
                           (single ? "one" : "all") + " of " + cpu_list(cpus_) + " was asked for");
}

}  // namespace breakeven
