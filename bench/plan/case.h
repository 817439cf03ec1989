// A case: one point of the grid, its name, and its JSON form.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "backends/backend.h"
#include "bench/text/json_reader.h"

namespace breakeven {

// What a case may ask for; beyond is a slip of the pen, not an experiment.
inline constexpr std::uint64_t kMaxWorkers = 1024;
inline constexpr std::uint64_t kMaxTasks = 1'000'000'000;
inline constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 32;  // of payload in one task, each way
inline constexpr double kMaxSkew = 8;

// The state in which a run finds the pool.
enum class PoolState {
  kWarm,    // made before, and settled by untimed runs of the same job
  kCold,    // made and torn down inside the timed region
  kRested,  // warm, but its caller has worked alone for a millisecond, untimed, before each run
};

struct Case {
  std::string workload;
  Shape shape;
  std::string backend;  // canonical spelling with its options
  unsigned workers = 1;
  Dispatch dispatch = Dispatch::kMap;
  std::size_t chunk = 0;  // 0: the backend's default
  PoolState pool = PoolState::kWarm;
  Pin pin = Pin::kNone;
  bool weak = false;              // tasks grow with the workers
  std::string cost_label;         // how the suite wrote the cost, where it was a time ("20us")
  std::optional<double> cost_ns;  // measured time of `cost` units, where known

  std::string shape_name() const;  // the block: everything that the baseline shares
  std::string name() const;        // unique within a run; readers never parse it
};

Json to_json(const Case& c);
Case case_from_json(const Json& json, const std::string& where);  // throws UsageError with the key's path

// Words of the axes, as in JSON and on the command line. The parsers throw UsageError naming the nearest
// word.
std::string to_string(Dispatch dispatch);
std::string to_string(Pin pin);
Dispatch parse_dispatch(const std::string& word);
Pin parse_pin(const std::string& word);
std::string to_string(PoolState pool);
PoolState parse_pool(const std::string& word);

}  // namespace breakeven
