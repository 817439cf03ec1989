// stream/BYTES or stream/BYTES@SPAN: compute that reads so many bytes for each of its steps, from a buffer of that span.
// Beyond the caches (64 MiB, the default) its tasks share the memory's bandwidth, however many workers there are.
#include <charconv>
#include <cstring>

#include "backends/contract/error.h"
#include "backends/contract/workload.h"
#include "bench/workloads/barrier.h"
#include "bench/workloads/limits.h"
#include "bench/workloads/payload.h"
#include "bench/workloads/traffic.h"

namespace breakeven {
namespace {

constexpr const char* kPrefix = "stream/";
constexpr std::size_t kMostBytes = 64, kLeastSpan = 4096, kMostSpan = std::size_t{1} << 30;
constexpr std::size_t kOutputSize = 2 * sizeof(std::uint64_t);  // final state, sum of what was read

struct Asked {
  std::size_t bytes = 0;  // for each step
  std::size_t span = Traffic::kBeyondCaches;
};

class Stream final : public Workload {
 public:
  Stream(const Shape& shape, const Asked& asked)
      : payload_(shape),
        units_(shape.cost),
        extra_(shape.extra),
        traffic_(asked.bytes * Traffic::kBlock / sizeof(std::uint64_t), asked.span) {}

  std::size_t input_size() const override { return kInputHeader; }
  std::size_t output_capacity() const override { return kOutputSize; }

  void fill(std::size_t task, MutableBytes input) const override { payload_.fill(task, task, input); }

  std::size_t run(Bytes input, MutableBytes output) const override {
    const auto task = load<std::uint64_t>(input);
    const auto [state, sum] = traffic_.along(task, task ^ 0x9E3779B97F4A7C15ULL, units_);
    store(state, output);
    store(sum, output, sizeof state);
    if (const auto again = fraction_of(units_, extra_)) keep(traffic_.along(state, state, again));
    finish();
    return kOutputSize;
  }

 private:
  const Payload payload_;
  const std::uint64_t units_;
  const double extra_;
  const Traffic traffic_;
};

std::size_t bytes_in(std::string_view text, const std::string& name) {
  std::size_t bytes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error == std::errc() && (unit.empty() || unit == "B")) return bytes;
  if (error == std::errc() && unit == "KiB") return bytes << 10;
  if (error == std::errc() && unit == "MiB") return bytes << 20;
  throw UsageError(name + ": write stream/8B, or stream/8B@16KiB: bytes for each step, and of the buffer");
}

Asked asked_of(const std::string& name) {
  const auto text = std::string_view(name).substr(std::strlen(kPrefix));
  const auto at = text.find('@');
  Asked asked{.bytes = bytes_in(text.substr(0, at), name)};
  if (at != std::string_view::npos) asked.span = bytes_in(text.substr(at + 1), name);
  if (asked.bytes > kMostBytes || asked.span < kLeastSpan || asked.span > kMostSpan ||
      asked.span % Payload::kPage != 0)
    throw UsageError(
        name + ": at most 64 bytes for each step, from a buffer of 4 KiB to 1 GiB in whole pages of 4 KiB");
  return asked;
}

const WorkloadFamilyRegistration registration({
    .name = kPrefix,
    .summary = "compute that reads memory: stream/8B is 8 bytes a step, stream/8B@16KiB from a cache",
    .make = [](const std::string& name) -> WorkloadFactory {
      const auto asked = asked_of(name);
      return {
          .name = name,
          .summary = "compute that reads memory",
          .unsupported = [](const Shape& shape) -> std::optional<std::string> {
            if (shape.in_bytes != 0 || shape.out_bytes != 0) return "stream has no payload; use compute";
            return refuse("stream", shape, {.cost = true, .skew = false, .shared = false});
          },
          .make = [asked](const Shape& shape) { return std::make_unique<const Stream>(shape, asked); },
          .has_cost = true,
      };
    },
});

}  // namespace
}  // namespace breakeven
