// A function of one's own as a workload: objects in, objects out, any callable.
//
//   #include "bench/own_function.h"
//
//   std::vector<float> blur(const Image& image);
//   static const auto registered = breakeven::own_function<Image, std::vector<float>>(
//   "blur", make_image, blur);
//
// In the plain loop and in threads the function gets its input and gives its output as they are; between processes both
// are serialised (serialise.h says what can be), inside the timed region. Sizes may differ from task to task. What the
// callable captures is there in every worker: input that all tasks read belongs there.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "backends/contract/workload.h"
#include "bench/serialise.h"

namespace breakeven {

// How results are compared with a plain loop's: exactly, bit by bit, unless one of these is given.
template <class Out>
struct Comparing {
  double tolerance = 0;  // relative, of every number in the result
  std::function<bool(const Out& result, const Out& expected)> equal = {};
};

namespace own {

// The largest relative difference of the numbers in two values; infinite where they differ in anything else.
template <class T>
double difference(const T& one, const T& other) {
  if constexpr (std::is_arithmetic_v<T>) {
    const double a = static_cast<double>(one), b = static_cast<double>(other);
    if (one == other || (std::isnan(a) && std::isnan(b))) return 0;
    const double size = std::max(std::abs(a), std::abs(b));
    return std::isfinite(a) && std::isfinite(b) ? std::abs(a - b) / size
                                                : std::numeric_limits<double>::infinity();
  } else if constexpr (serialised::is_optional<T>::value) {
    if (one.has_value() != other.has_value()) return std::numeric_limits<double>::infinity();
    return one ? difference(*one, *other) : 0;
  } else if constexpr (serialised::is_range<T>::value) {
    if (one.size() != other.size()) return std::numeric_limits<double>::infinity();
    double worst = 0;
    auto second = std::begin(other);
    for (const auto& each : one) worst = std::max(worst, difference<typename T::value_type>(each, *second++));
    return worst;
  } else if constexpr (serialised::is_tuple<T>::value) {
    return std::apply(
        [&](const auto&... parts) {
          return std::apply(
              [&](const auto&... others) {
                return std::max({0.0, difference(parts, others)...});
              },
              other);
        },
        one);
  } else {
    std::vector<std::byte> left(serialised_bytes(one)), right(serialised_bytes(other));
    Writer(left.data())(one);
    Writer(right.data())(other);
    return left == right ? 0 : std::numeric_limits<double>::infinity();
  }
}

template <class In, class Out>
struct Function {
  std::function<In(std::size_t task, std::uint64_t scale)> make_input;
  std::function<Out(const In&)> run;
  Comparing<Out> comparing;
};

template <class In, class Out>
class Tasks final : public Objects {
 public:
  Tasks(const Function<In, Out>& function, const Shape& shape)
      : function_(function), scale_(shape.cost), inputs_(shape.tasks), outputs_(shape.tasks) {}

  void make_input(std::size_t task) override { inputs_[task].emplace(function_.make_input(task, scale_)); }
  void run(std::size_t task) override { outputs_[task].emplace(function_.run(*inputs_[task])); }

  std::size_t input_bytes(std::size_t task) const override { return serialised_bytes(*inputs_[task]); }
  void write_input(std::size_t task, MutableBytes to) const override { Writer(to.data())(*inputs_[task]); }
  void read_output(std::size_t task, Bytes from) override {
    Reader(from.data(), from.size())(outputs_[task].emplace());
  }

  std::size_t output_bytes(std::size_t task) const override {
    return outputs_[task] ? serialised_bytes(*outputs_[task]) : 0;
  }
  void write_output(std::size_t task, MutableBytes to) const override {
    if (outputs_[task]) Writer(to.data())(*outputs_[task]);
  }
  void forget() override {
    for (auto& output : outputs_) output.reset();
  }

  std::optional<Comparison> compared() override {
    const auto& how = function_.comparing;
    if (how.tolerance == 0 && !how.equal) return std::nullopt;
    Comparison found;
    for (std::size_t task = 0; task < outputs_.size(); ++task) {
      const Out expected = function_.run(*inputs_[task]);
      const double away =
          outputs_[task] ? difference(*outputs_[task], expected) : std::numeric_limits<double>::infinity();
      const bool good =
          outputs_[task] && (how.equal ? how.equal(*outputs_[task], expected) : away <= how.tolerance);
      if (std::isfinite(away)) found.worst = std::max(found.worst, away);
      if (good) continue;
      if (found.outside++ == 0)
        found.first = "task " + std::to_string(task) + " gives another result than the plain loop" +
                      (std::isfinite(away) ? ", by " + std::to_string(away) + " of its size" : "");
    }
    return found;
  }

 private:
  const Function<In, Out> function_;
  const std::uint64_t scale_;
  std::vector<std::optional<In>> inputs_;
  std::vector<std::optional<Out>> outputs_;
};

template <class In, class Out>
class ObjectWorkload final : public Workload {
 public:
  ObjectWorkload(const Function<In, Out>& function, const Shape& shape)
      : function_(function), shape_(shape) {}

  // Of no task in particular: sizes are each object's own.
  std::size_t input_size() const override { return 0; }
  std::size_t output_capacity() const override { return 0; }
  void fill(std::size_t, MutableBytes) const override {}

  std::size_t run(Bytes input, MutableBytes output) const override {
    In in{};
    Reader(input.data(), input.size())(in);
    const Out out = function_.run(in);
    const auto bytes = serialised_bytes(out);
    if (bytes > output.size())
      throw std::runtime_error("gives " + std::to_string(bytes) + " bytes here, and at most " +
                               std::to_string(output.size()) +
                               " in the plain loop: the function is not deterministic");
    Writer(output.data())(out);
    return bytes;
  }

  std::unique_ptr<Objects> objects() const override {
    return std::make_unique<Tasks<In, Out>>(function_, shape_);
  }

 private:
  const Function<In, Out> function_;
  const Shape shape_;
};

inline std::optional<std::string> refuse(const Shape& shape, bool scales) {
  if (shape.cost != 0 && !scales)
    return "its input has no scale: let the function that makes it take one, (std::size_t task, "
           "std::uint64_t scale)";
  if (shape.skew != 0 || shape.shared_bytes != 0 || shape.extra != 0)
    return "a function of one's own has the costs of its inputs; leave skew, shared input and extra out";
  return std::nullopt;
}

constexpr double kLookS = 0.02;          // how long the sizes are looked at, or one task
constexpr std::size_t kLookTasks = 100;  // evenly chosen

// Medians, of some tasks.
template <class In, class Out>
Sizes sizes_of(const Function<In, Out>& function, const Shape& shape) {
  Tasks<In, Out> tasks(function, shape);
  std::vector<std::size_t> in, out;
  const auto looked_at = std::min(shape.tasks, kLookTasks);
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < looked_at; ++i) {
    const auto task = i * shape.tasks / looked_at;
    tasks.make_input(task);
    tasks.run(task);
    in.push_back(tasks.input_bytes(task));
    out.push_back(tasks.output_bytes(task));
    if (std::chrono::steady_clock::now() - start > std::chrono::duration<double>(kLookS)) break;
  }
  const auto median = [](std::vector<std::size_t>& values) -> std::size_t {
    if (values.empty()) return 0;
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
  };
  return {median(in), median(out)};
}

}  // namespace own

// Registers the workload `name`: task i is run(make_input(i)). make_input(task, scale) takes a suite's `cost`, a whole
// number, as its scale. Both must be pure and thread-safe: called again, on any thread and in a process forked from
// this one, they give the same. In and Out have default constructors.
template <class In, class Out, class MakeInput, class Run>
WorkloadRegistration own_function(const std::string& name, MakeInput make_input, Run run,
                                  Comparing<Out> comparing = {}) {
  constexpr bool scales = std::is_invocable_v<MakeInput, std::size_t, std::uint64_t>;
  static_assert(
      scales || std::is_invocable_r_v<In, MakeInput, std::size_t>,
      "the second argument makes a task's input: a callable that takes std::size_t task and returns In");
  static_assert(std::is_invocable_r_v<Out, Run, const In&>,
                "the third argument is the function: a callable that takes const In& and returns Out");
  static_assert(
      std::is_default_constructible_v<In> && std::is_default_constructible_v<Out>,
      "In and Out are received from other processes into an empty object: give them default constructors");
  own::Function<In, Out> function{{}, std::move(run), std::move(comparing)};
  if constexpr (scales) {
    function.make_input = std::move(make_input);
  } else {
    function.make_input = [make = std::move(make_input)](std::size_t task, std::uint64_t) {
      return make(task);
    };
  }
  return WorkloadRegistration({
      .name = name,
      .summary = "a function of one's own",
      .unsupported = [](const Shape& shape) { return own::refuse(shape, scales); },
      .make =
          [function](const Shape& shape) {
            return std::make_unique<const own::ObjectWorkload<In, Out>>(function, shape);
          },
      .has_cost = false,
      .sizes =
          [function, known = std::make_shared<std::map<std::pair<std::size_t, std::uint64_t>, Sizes>>()](
              const Shape& shape) {
            const auto [place, is_new] = known->try_emplace({shape.tasks, shape.cost});
            if (is_new) place->second = own::sizes_of(function, shape);
            return place->second;
          },
  });
}

}  // namespace breakeven
