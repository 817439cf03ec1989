// Programs that fork and join, and loops of unequal tasks, the same for each runtime: what is measured is the runtime.
//
// A Runtime has, for its tasks to call: both(f, g), which runs the two and returns when they are done; each(n, f), which
// runs f(0) .. f(n-1) likewise; loop(n, f), its parallel loop as it comes; and inside(f), within which all that is legal.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace recursion {

// --- Fibonacci numbers: a fork costs all there is, the work is an addition.
template <class Runtime>
std::uint64_t fib(Runtime& runtime, unsigned n) {
  if (n < 2) return n;
  std::uint64_t one = 0, other = 0;
  runtime.both([&] { one = fib(runtime, n - 1); }, [&] { other = fib(runtime, n - 2); });
  return one + other;
}

// --- Skynet: ten children a node, six levels, a million leaves; the sum of their numbers.
template <class Runtime>
std::uint64_t skynet(Runtime& runtime, std::uint64_t first, std::uint64_t leaves) {
  if (leaves == 1) return first;
  std::array<std::uint64_t, 10> sums;
  const auto part = leaves / 10;
  runtime.each(10, [&](std::size_t child) { sums[child] = skynet(runtime, first + child * part, part); });
  std::uint64_t sum = 0;
  for (const auto each : sums) sum += each;
  return sum;
}

// --- Queens on a board of n: a child for each safe column.
struct Board {
  std::array<std::uint8_t, 16> columns;

  bool is_safe(unsigned row, unsigned column) const {
    for (unsigned above = 0; above < row; ++above) {
      const unsigned other = columns[above], distance = row - above;
      if (other == column || other + distance == column || column + distance == other) return false;
    }
    return true;
  }
};

template <class Runtime>
std::uint64_t queens(Runtime& runtime, const Board& board, unsigned row, unsigned size) {
  if (row == size) return 1;
  std::array<std::uint64_t, 16> found{};
  runtime.each(size, [&](std::size_t column) {
    if (!board.is_safe(row, static_cast<unsigned>(column))) return;
    Board next = board;
    next.columns[row] = static_cast<std::uint8_t>(column);
    found[column] = queens(runtime, next, row + 1, size);
  });
  std::uint64_t sum = 0;
  for (const auto each : found) sum += each;
  return sum;
}

// --- The product of two square matrices, in quarters down to blocks of 32.
constexpr std::size_t kSide = 512, kLeaf = 32;
using Matrix = std::vector<double>;

inline void multiply_block(const double* a, const double* b, double* c) {
  for (std::size_t i = 0; i < kLeaf; ++i) {
    for (std::size_t k = 0; k < kLeaf; ++k) {
      const double factor = a[i * kSide + k];
      for (std::size_t j = 0; j < kLeaf; ++j) c[i * kSide + j] += factor * b[k * kSide + j];
    }
  }
}

template <class Runtime>
void multiply(Runtime& runtime, const double* a, const double* b, double* c, std::size_t side) {
  if (side == kLeaf) return multiply_block(a, b, c);
  const auto half = side / 2;
  const auto at = [half](auto* matrix, std::size_t row, std::size_t column) {
    return matrix + (row * kSide + column) * half;
  };
  for (std::size_t k = 0; k < 2; ++k) {  // the two halves of a sum, one after the other
    runtime.each(4, [&](std::size_t quarter) {
      const auto row = quarter / 2, column = quarter % 2;
      multiply(runtime, at(a, row, k), at(b, k, column), at(c, row, column), half);
    });
  }
}

// --- Loops of 300 unequal tasks, some 12 ms in all.
inline std::uint64_t work(double us) {  // dependent steps, of some nanosecond each
  auto state = static_cast<std::uint64_t>(us) | 1;
  for (auto steps = static_cast<std::uint64_t>(us * 1000); steps > 0; --steps)
    state = 6364136223846793005ULL * state + 1442695040888963407ULL;
  return state;
}

inline std::vector<double> costs_of(const std::string& shape) {  // us of each task
  constexpr std::size_t kTasks = 300;
  constexpr double kTotal = 12'000;
  std::vector<double> costs(kTasks);
  for (std::size_t i = 0; i < kTasks; ++i) {
    const double part = static_cast<double>(i) / (kTasks - 1);
    if (shape == "rising") costs[i] = std::pow(1000.0, part);
    if (shape == "falling") costs[i] = std::pow(1000.0, 1 - part);
    if (shape == "giant") costs[i] = i == kTasks / 2 ? 30 : 1;
    if (shape == "factor") costs[i] = i % 7 == 0 ? 10 : i % 3 == 0 ? 3 : 1;
    if (shape == "mandelbrot") costs[i] = 1 + 40 * std::exp(-30 * (part - 0.5) * (part - 0.5));
  }
  double sum = 0;
  for (const double cost : costs) sum += cost;
  for (double& cost : costs) cost *= kTotal / sum;
  return costs;
}

// --- How long after it was posted a task begins, where the caller slept before: ns of each.
template <class Runtime>
std::vector<double> beginnings(Runtime& runtime, std::chrono::milliseconds rest, int count) {
  std::vector<double> ns;
  for (int i = 0; i < count; ++i) {
    std::atomic<std::int64_t> begun = 0;
    std::this_thread::sleep_for(rest);
    const auto now = [] { return std::chrono::steady_clock::now().time_since_epoch().count(); };
    const std::int64_t posted = now();
    runtime.post([&begun, now] { begun.store(now(), std::memory_order_release); });
    while (begun.load(std::memory_order_acquire) == 0)
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    ns.push_back(static_cast<double>(begun.load(std::memory_order_relaxed) - posted));
  }
  std::ranges::sort(ns);
  return ns;
}

// What a problem gives by the plain loop or by known mathematics, and how a runtime solves it.
template <class Runtime>
struct Problem {
  double expected;
  std::function<double(Runtime&)> solve;
};

template <class Runtime>
Problem<Runtime> problem_of(const std::string& name) {
  if (name == "fib") return {832040, [](Runtime& runtime) { return static_cast<double>(fib(runtime, 30)); }};
  if (name == "skynet")
    return {499999500000.0,
            [](Runtime& runtime) { return static_cast<double>(skynet(runtime, 0, 1'000'000)); }};
  if (name == "queens")
    return {14200, [](Runtime& runtime) { return static_cast<double>(queens(runtime, Board{}, 0, 12)); }};
  if (name == "matrix") {
    // Whole numbers below 8: each sum is exact, in any order.
    Matrix a(kSide * kSide), b(kSide * kSide);
    for (std::size_t i = 0; i < a.size(); ++i)
      a[i] = static_cast<double>(i * 7 % 8), b[i] = static_cast<double>(i * 5 % 8);
    double expected = 0;  // the sum of all elements, by sums of columns and rows
    for (std::size_t k = 0; k < kSide; ++k) {
      double column = 0, row = 0;
      for (std::size_t i = 0; i < kSide; ++i) column += a[i * kSide + k], row += b[k * kSide + i];
      expected += column * row;
    }
    return {expected, [a, b, c = Matrix(kSide * kSide)](Runtime& runtime) mutable {
              std::fill(c.begin(), c.end(), 0.0);
              multiply(runtime, a.data(), b.data(), c.data(), kSide);
              double sum = 0;
              for (const double each : c) sum += each;
              return sum;
            }};
  }
  if (name.starts_with("loop-")) {
    const auto costs = costs_of(name.substr(5));
    std::uint64_t expected = 0;
    for (const double cost : costs) expected ^= work(cost);
    return {static_cast<double>(expected >> 12), [costs](Runtime& runtime) {
              std::vector<std::uint64_t> results(costs.size());
              runtime.loop(costs.size(), [&](std::size_t task) { results[task] = work(costs[task]); });
              std::uint64_t found = 0;
              for (const auto each : results) found ^= each;
              return static_cast<double>(found >> 12);
            }};
  }
  throw std::invalid_argument("unknown problem " + name);
}

}  // namespace recursion
