// The backend `openmp`. Its runtime is loaded by the cells of its own cases alone: a runtime that is merely linked binds
// the first thread to a CPU before main() where OMP_PLACES or OMP_PROC_BIND is set, and every other backend inherits that.
#include "backends/backend.h"

#include <dlfcn.h>

#include "backends/contract/unsupported.h"

// Null where this program does not hold the runtime (openmp.cpp).
extern "C" __attribute__((weak)) breakeven::Backend* breakeven_make_openmp(const breakeven::Plan& plan);

namespace breakeven {
namespace {

constexpr const char* kLibrary = "libbreakeven_openmp.so";  // found by this program's run path

// Stays loaded: the runtime's threads may outlive a backend by microseconds.
auto load_make() {
  static const auto make = [] {
    if (breakeven_make_openmp) return &breakeven_make_openmp;
    void* const library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
    void* const found = library ? ::dlsym(library, "breakeven_make_openmp") : nullptr;
    if (!found) throw std::runtime_error(std::string("the OpenMP backend cannot be loaded: ") + ::dlerror());
    return reinterpret_cast<decltype(&breakeven_make_openmp)>(found);
  }();
  return make;
}

std::unique_ptr<Backend> make(const Plan& plan) { return std::unique_ptr<Backend>(load_make()(plan)); }

Traits traits(const Setup& setup) {
  Traits traits{.caller_works = true, .binds = true};
  // Read by the runtime when it is loaded, so it must be set before the process starts.
  if (const auto& wait = setup.options.at("wait"); wait != "default") traits.env["OMP_WAIT_POLICY"] = wait;
  return traits;
}

std::optional<std::string> unsupported(const Setup& setup) {
  if (setup.dispatch == Dispatch::kSubmit && setup.options.at("schedule") != "static") {
    return "schedule applies to map; submit makes one omp task per task";
  }
  return chunk_without_map(setup);
}

const BackendRegistration registration({
    .name = BREAKEVEN_OPENMP_NAME,
    .summary = "OpenMP: `omp for` with a schedule, or one `omp task` per task",
    .options = {{.name = "schedule",
                 .values = {"static", "dynamic", "guided"},
                 .help = "of map's loop; the default chunk is N/workers for static, else 1"},
                {.name = "wait",
                 .values = {"default", "active", "passive"},
                 .help = "OMP_WAIT_POLICY: whether idle threads spin"}},
    .variants = {"", ",schedule=dynamic", ",schedule=guided"},
    .traits = traits,
    .unsupported = unsupported,
    .make = make,
});

}  // namespace
}  // namespace breakeven
