// A case: one point of the grid, its name, and its JSON form. axes.h has the table of its fields.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "backends/backend.h"
#include "bench/machine/pages.h"
#include "bench/machine/pinning.h"
#include "bench/text/json_reader.h"
#include "bench/text/words.h"

namespace breakeven {

// The state in which a run finds the pool.
enum class PoolState {
  kWarm,    // made before, and settled by untimed runs of the same job
  kCold,    // made and torn down inside the timed region
  kRested,  // warm, but its caller has worked alone for a millisecond, untimed, before each run
};

enum class Scaling {
  kStrong,  // the job is the same for any number of workers
  kWeak,    // tasks grow with the workers
};

struct Case {
  std::string workload;
  Shape shape;
  std::string backend;  // canonical spelling with its options
  unsigned workers = 1;
  unsigned nodes = 1;  // hosts that the workers are spread over; the first is this one
  Dispatch dispatch = Dispatch::kMap;
  std::size_t chunk = 0;  // 0: the backend's default
  PoolState pool = PoolState::kWarm;
  Pin pin = Pin::kNone;
  Scaling scaling = Scaling::kStrong;
  PayloadPages pages = PayloadPages::kEqual;
  std::string cost_label;         // how the suite wrote the cost, where it was a time ("20us")
  std::optional<double> cost_ns;  // measured time of `cost` units, where known

  bool is_pinned() const { return pin != Pin::kNone; }
  std::string shape_name() const;  // the block: everything that the baseline shares
  std::string name() const;        // unique within a run; readers never parse it
  std::string way() const;         // how the backend is used, for a table: "map", "map chunk 64 cold"
};

Json to_json(const Case& c);
Case case_from_json(const Json& json, const std::string& where);  // throws UsageError with the key's path

template <>
inline constexpr auto kWords<Dispatch> = words<Dispatch>("dispatch", {{Dispatch::kSubmit, "submit"},
                                                                      {Dispatch::kMap, "map"}});

template <>
inline constexpr auto kWords<Pin> =
    words<Pin>("pin", {{Pin::kNone, "none"}, {Pin::kCompact, "compact"}, {Pin::kSpread, "spread"}});

template <>
inline constexpr auto kWords<PayloadPages> = words<PayloadPages>("pages", {{PayloadPages::kEqual, "equal"},
                                                                           {PayloadPages::kSmall, "small"},
                                                                           {PayloadPages::kHuge, "huge"}});

template <>
inline constexpr auto kWords<PoolState> = words<PoolState>("pool", {{PoolState::kWarm, "warm"},
                                                                    {PoolState::kCold, "cold"},
                                                                    {PoolState::kRested, "rested"}});

template <>
inline constexpr auto kWords<Scaling> = words<Scaling>("scaling", {{Scaling::kStrong, "strong"},
                                                                   {Scaling::kWeak, "weak"}});

}  // namespace breakeven
