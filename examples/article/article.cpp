// The article's two functions in C++: its 300 numbers through a pool of threads and a pool of processes.
// Lay it beside backends/python/article.py.
#include <cstring>
#include <iostream>
#include <map>
#include <stdexcept>

#include "backends/fork_pool/slots.h"
#include "backends/thread_pool/thread_pool.h"

using namespace breakeven;
using Numbers = std::vector<std::uint64_t>;
using FactorsOf = std::map<std::uint64_t, Numbers>;

static Numbers factorize_naive(std::uint64_t n) {
  Numbers factors;
  for (; n > 1 && n % 2 == 0; n /= 2) factors.push_back(2);
  for (std::uint64_t p = 3; p * p <= n; p += 2)
    for (; n % p == 0; n /= p) factors.push_back(p);
  if (n > 1) factors.push_back(n);
  return factors;
}

static FactorsOf thread_factorizer_map(const Numbers& numbers, unsigned workers) {
  ThreadPool pool(workers);
  std::vector<Numbers> found(numbers.size());
  pool.parallel_for(0, numbers.size(), [&](std::size_t i) { found[i] = factorize_naive(numbers[i]); });
  FactorsOf result;
  for (std::size_t i = 0; i < numbers.size(); ++i) result[numbers[i]] = std::move(found[i]);
  return result;
}

static FactorsOf fork_factorizer_map(const Numbers& numbers, unsigned workers) {
  const auto task = [](Bytes input, MutableBytes output) {
    const auto factors = factorize_naive(load<std::uint64_t>(input));
    std::memcpy(output.data(), factors.data(), factors.size() * sizeof factors[0]);
    return factors.size() * sizeof factors[0];
  };
  fork_pool::Pool pool(task, {.workers = workers});
  pool.start();
  fork_pool::Slots slots(numbers.size(), sizeof numbers[0], 64 * sizeof numbers[0]);
  for (std::size_t i = 0; i < numbers.size(); ++i) store(numbers[i], slots.fill(i));
  if (!pool.run(slots).losses.empty()) throw std::runtime_error("a worker died with its task");
  FactorsOf result;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto* factors = reinterpret_cast<const std::uint64_t*>(slots.result(i).data());
    result[numbers[i]].assign(factors, factors + slots.result(i).size() / sizeof *factors);
  }
  return result;
}

static void print(const char* name, const FactorsOf& factors) {
  std::size_t total = 0;
  for (const auto& [number, found] : factors) total += found.size();
  std::cout << name << ": " << factors.size() << " numbers, " << total << " factors\n";
}

int main(int argc, char** argv) {
  const unsigned workers = argc > 1 ? static_cast<unsigned>(std::stoul(argv[1])) : available_cores();
  Numbers numbers;
  for (std::uint64_t i = 0; i < 300; ++i) numbers.push_back(999999999999 + 2 * i);
  print("thread_factorizer_map", thread_factorizer_map(numbers, workers));
  print("fork_factorizer_map", fork_factorizer_map(numbers, workers));
}
