// The built-in workloads: what holds for every registered one, what each computes, and the
// vectors of docs/payload.md.
#include "backends/contract/workload.h"

#include <gtest/gtest.h>
#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <ostream>
#include <thread>
#include <utility>

#include "backends/contract/job.h"
#include "bench/workloads/payload.h"

namespace breakeven {

void PrintTo(const WorkloadFactory& factory, std::ostream* os) { *os << factory.name; }

namespace {

using Buffer = std::vector<std::byte>;

const WorkloadFactory& workload(std::string_view name) { return *WorkloadRegistry::instance().find(name); }

Buffer input_of(const Workload& work, std::size_t task) {
  Buffer input(work.input_size());
  work.fill(task, input);
  return input;
}

// Runs on an output of exactly its capacity that held `poison` before, and returns what was written.
Buffer output_of(const Workload& work, Bytes input, std::byte poison = std::byte{0}) {
  Buffer output(work.output_capacity(), poison);
  output.resize(work.run(input, output));
  return output;
}

Buffer output_of(const WorkloadFactory& factory, const Shape& shape, std::size_t task) {
  const auto work = factory.make(shape);
  return output_of(*work, input_of(*work, task));
}

std::vector<std::byte> changed(Bytes source, std::size_t size) {
  Buffer result(size);
  for (std::size_t i = 0; i < size; ++i) {
    const auto byte = std::to_integer<unsigned>(source[i % source.size()]);
    result[i] = static_cast<std::byte>(((byte ^ 0xA5u) + 0x3Bu) & 0xFFu);
  }
  return result;
}

std::uint32_t digest_of(std::string_view name, const Shape& shape) {
  const auto work = workload(name).make(shape);
  Job job(*work, shape.tasks, 1, Memory::kPrivate);
  job.fill();
  job.poison();
  job.execute(0, 0, shape.tasks);
  EXPECT_EQ(job.failure_count(), 0u);
  return job.digest();
}

// --- every registered workload ---

class EveryWorkload : public testing::TestWithParam<WorkloadFactory> {
 protected:
  // A shape with this payload, with the cost that the workload needs; nullopt where it cannot have it.
  static std::optional<Shape> shape(std::size_t in_bytes, std::size_t out_bytes) {
    for (const std::uint64_t cost : {0, 20}) {
      const Shape candidate{
          .tasks = 8, .in_bytes = in_bytes, .out_bytes = out_bytes, .cost = cost, .seed = 5};
      if (!GetParam().unsupported(candidate)) return candidate;
    }
    return std::nullopt;
  }

  // Calls check(workload, shape) for every supported one of these payloads.
  template <class Check>
  static void for_each(const std::vector<std::pair<std::size_t, std::size_t>>& payloads, Check check) {
    std::size_t checked = 0;
    for (const auto& [in_bytes, out_bytes] : payloads) {
      const auto supported = shape(in_bytes, out_bytes);
      if (!supported) continue;
      SCOPED_TRACE("in_bytes=" + std::to_string(in_bytes) + " out_bytes=" + std::to_string(out_bytes));
      check(*GetParam().make(*supported), *supported);
      ++checked;
    }
    EXPECT_GT(checked, 0u);
  }
};

INSTANTIATE_TEST_SUITE_P(Registered, EveryWorkload, testing::ValuesIn(WorkloadRegistry::instance().all()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(EveryWorkload, WritesEveryByteOfItsOutputAndNothingBehindIt) {
  std::vector<std::pair<std::size_t, std::size_t>> payloads{{0, 0}, {4 << 20, 4 << 20}};
  for (std::size_t size = 1; size <= 17; ++size) {
    payloads.insert(payloads.end(), {{size, 0}, {0, size}, {size, size}, {17, size}, {size, 17}});
  }
  for (const std::size_t size : {4095, 4096, 4097, 65537}) {
    payloads.insert(payloads.end(), {{size, 0}, {0, size}, {size, size}, {size, size / 3}, {size / 3, size}});
  }
  for_each(payloads, [](const Workload& work, const Shape&) {
    const auto input = input_of(work, 3);
    constexpr std::size_t kGuard = 64;
    Buffer low(work.output_capacity() + kGuard, std::byte{0x00});
    Buffer high(work.output_capacity() + kGuard, std::byte{0xFF});
    const auto written = work.run(input, MutableBytes(low).first(work.output_capacity()));
    ASSERT_EQ(work.run(input, MutableBytes(high).first(work.output_capacity())), written);
    ASSERT_LE(written, work.output_capacity());
    EXPECT_TRUE(std::equal(low.begin(), low.begin() + static_cast<std::ptrdiff_t>(written), high.begin()));
    EXPECT_TRUE(std::all_of(low.end() - kGuard, low.end(), [](std::byte b) { return b == std::byte{0x00}; }));
    EXPECT_TRUE(
        std::all_of(high.end() - kGuard, high.end(), [](std::byte b) { return b == std::byte{0xFF}; }));
  });
}

TEST_P(EveryWorkload, ReadsEveryByteOfItsInput) {
  std::vector<std::pair<std::size_t, std::size_t>> payloads{{0, 0}, {0, 9}, {64, 7}, {64, 64}, {7, 64}};
  for (std::size_t size = 1; size <= 17; ++size) {
    payloads.insert(payloads.end(), {{size, 0}, {size, 7}, {size, 17}});
  }
  payloads.insert(payloads.end(), {{4097, 4096}, {4096, 10000}, {9000, 300}});
  for_each(payloads, [](const Workload& work, const Shape&) {
    auto input = input_of(work, 3);
    const auto expected = output_of(work, input);
    // The lowest bit of the header alone: another would ask for years of work.
    const std::size_t step = input.size() < 256 ? 1 : 253;
    for (std::size_t at = 0; at < input.size(); at = at == 0 ? kInputHeader : at + step) {
      input[at] ^= std::byte{1};
      EXPECT_NE(output_of(work, input), expected) << "byte " << at << " does not matter";
      input[at] ^= std::byte{1};
    }
  });
}

TEST_P(EveryWorkload, GivesTheSameBytesFromTwoThreadsAtOnce) {
  for_each({{0, 0}, {1000, 0}, {1000, 1000}, {0, 1000}}, [](const Workload& work, const Shape& shape) {
    const auto all_outputs = [&] {
      std::vector<Buffer> outputs;
      for (std::size_t task = 0; task < shape.tasks; ++task) {
        outputs.push_back(output_of(work, input_of(work, task), static_cast<std::byte>(task)));
      }
      return outputs;
    };
    const auto expected = all_outputs();
    std::vector<Buffer> other;
    std::thread thread([&] { other = all_outputs(); });
    EXPECT_EQ(all_outputs(), expected);
    thread.join();
    EXPECT_EQ(other, expected);
  });
}

TEST_P(EveryWorkload, FillsFromSeedAndTaskAlone) {
  if (!shape(64, 16)) GTEST_SKIP() << "it takes no payload";
  for_each({{64, 16}, {70000, 16}}, [](const Workload& work, const Shape& shape) {
    auto reseeded = shape;
    ++reseeded.seed;
    const auto again = GetParam().make(shape), other = GetParam().make(reseeded);
    for (std::size_t task = 0; task < shape.tasks; ++task) {
      EXPECT_EQ(input_of(*again, task), input_of(work, task));
      EXPECT_NE(input_of(*other, task), input_of(work, task));
      EXPECT_NE(input_of(work, task), input_of(work, task + 1));
    }
  });
}

TEST_P(EveryWorkload, ExtraWorkLeavesInputAndOutputAsTheyAre) {
  for_each({{0, 0}, {3, 20}, {100, 0}, {100, 300}, {9000, 5000}}, [](const Workload& work,
                                                                     const Shape& shape) {
    for (const double extra : {0.05, 0.5, 1.0, 2.5}) {
      auto more = shape;
      more.extra = extra;
      if (GetParam().unsupported(more)) continue;
      const auto slower = GetParam().make(more);
      ASSERT_EQ(slower->output_capacity(), work.output_capacity());
      for (std::size_t task = 0; task < shape.tasks; ++task) {
        const auto input = input_of(work, task);
        EXPECT_EQ(input_of(*slower, task), input);
        EXPECT_EQ(output_of(*slower, input, std::byte{0xFF}), output_of(work, input)) << "extra=" << extra;
      }
    }
  });
}

TEST_P(EveryWorkload, WeighsEveryTask) {
  for_each({{0, 0}, {64, 16}}, [](const Workload& work, const Shape& shape) {
    for (std::size_t task = 0; task < shape.tasks; ++task) EXPECT_GT(work.weight(task), 0);
  });
}

TEST_P(EveryWorkload, RefusesWhatItCannotDoInOneLine) {
  const auto good = shape(64, 64) ? shape(64, 64) : shape(0, 0);
  ASSERT_TRUE(good);
  std::vector<Shape> shapes(5, *good);
  shapes[0].extra = -0.05;
  shapes[1].extra = std::numeric_limits<double>::quiet_NaN();
  shapes[2].skew = -1;
  shapes[3].skew = 9;
  shapes[4].cost = std::numeric_limits<std::uint64_t>::max();
  for (const auto& bad : shapes) {
    const auto reason = GetParam().unsupported(bad);
    ASSERT_TRUE(reason) << "shape " << &bad - shapes.data();
    EXPECT_FALSE(reason->empty());
    EXPECT_EQ(reason->find('\n'), std::string::npos);
  }
}

// --- the payload ---

TEST(Payload, OutputIsTheInputThroughTheTableTiledOrCutOff) {
  constexpr std::pair<std::size_t, std::size_t> kSizes[] = {
      {0, 1},        {0, 7},         {0, 8},          {0, 100000},     {1, 100},
      {3, 40000},    {63, 65},       {64, 64},        {100, 5},        {127, 128},
      {5000, 70000}, {20000, 70000}, {16384, 100000}, {16385, 100000}, {70000, 70},
      {300, 300},    {70000, 70001}, {9, 16384},      {9, 16385}};
  for (const auto& [in_bytes, out_bytes] : kSizes) {
    SCOPED_TRACE("in_bytes=" + std::to_string(in_bytes) + " out_bytes=" + std::to_string(out_bytes));
    const auto work = workload("compute").make({.tasks = 4, .in_bytes = in_bytes, .out_bytes = out_bytes});
    const auto input = input_of(*work, 2);
    const Bytes payload = in_bytes ? Bytes(input).subspan(kInputHeader) : Bytes(input);
    const auto output = output_of(*work, input);
    ASSERT_EQ(output.size(), 16 + out_bytes);
    EXPECT_EQ(Buffer(output.begin() + 16, output.end()), changed(payload, out_bytes));
    const auto tail = payload.subspan(std::min(payload.size(), out_bytes));
    const auto crc = in_bytes && !tail.empty() ? libdeflate_crc32(0, tail.data(), tail.size()) : 0;
    EXPECT_EQ(load<std::uint32_t>(output), crc);
  }
}

TEST(Payload, MatchesTheVectors) {
  Buffer bytes(256);
  std::iota(reinterpret_cast<unsigned char*>(bytes.data()),
            reinterpret_cast<unsigned char*>(bytes.data()) + 256, static_cast<unsigned char>(0));
  Buffer input(kInputHeader), table(256);
  input.insert(input.end(), bytes.begin(), bytes.end());
  const Payload payload({.seed = 7});
  EXPECT_EQ(payload.carry(input, table), 0u);
  EXPECT_EQ(libdeflate_crc32(0, table.data(), table.size()), 0xef498377u);

  std::uint32_t crc = 0;
  std::size_t task = 0;
  for (const std::size_t size : {1, 16, 17, 4095, 4097, 70000}) {
    input.assign(kInputHeader + size, std::byte{0});
    payload.fill(task++, 0, input);
    crc = libdeflate_crc32(crc, input.data() + kInputHeader, size);
  }
  EXPECT_EQ(crc, 0x6fff95dbu);
}

TEST(Workloads, MatchTheVectors) {
  EXPECT_EQ(digest_of("factorize", {.tasks = 20, .in_bytes = 300, .out_bytes = 100, .seed = 3}), 0x0c89897au);
  EXPECT_EQ(digest_of("compute", {.tasks = 16,
                                  .in_bytes = 100,
                                  .out_bytes = 70001,
                                  .cost = 1000,
                                  .skew = 2,
                                  .shared_bytes = 10000,
                                  .seed = 4}),
            0x6893822cu);
  EXPECT_EQ(digest_of("compute", {.tasks = 16, .in_bytes = 0, .out_bytes = 20}), 0xe55f55f2u);
  EXPECT_EQ(digest_of("mandelbrot", {.tasks = 24, .in_bytes = 50, .out_bytes = 32, .cost = 300, .seed = 5}),
            0x748c9347u);

  // Other versions of zlib may compress otherwise, so that deflate is held to its input.
  const auto text = workload("deflate").make({.tasks = 4, .in_bytes = 2000, .seed = 6});
  std::uint32_t crc = 0;
  for (std::size_t task = 0; task < 4; ++task) {
    const auto input = input_of(*text, task);
    crc = libdeflate_crc32(crc, input.data(), input.size());
  }
  EXPECT_EQ(crc, 0xd343b4cdu);
}

// --- each workload ---

std::vector<std::uint64_t> factors_of(std::uint64_t n) {
  const auto work = workload("factorize").make({.tasks = 1});
  Buffer input(work->input_size());
  store(n, input);
  const auto output = output_of(*work, input);
  std::vector<std::uint64_t> factors(load<std::uint32_t>(output, 4));
  EXPECT_EQ(output.size(), 8 + 8 * factors.size());
  for (std::size_t i = 0; i < factors.size(); ++i) factors[i] = load<std::uint64_t>(output, 8 + 8 * i);
  return factors;
}

TEST(Factorize, FindsKnownFactors) {
  using Factors = std::vector<std::uint64_t>;
  EXPECT_EQ(factors_of(0), Factors{});
  EXPECT_EQ(factors_of(1), Factors{});
  EXPECT_EQ(factors_of(2), Factors{2});
  EXPECT_EQ(factors_of(3), Factors{3});
  EXPECT_EQ(factors_of(4), (Factors{2, 2}));
  EXPECT_EQ(factors_of(9), (Factors{3, 3}));
  EXPECT_EQ(factors_of(97), Factors{97});
  EXPECT_EQ(factors_of(360), (Factors{2, 2, 2, 3, 3, 5}));
  EXPECT_EQ(factors_of(999999999989), Factors{999999999989});  // prime
  EXPECT_EQ(factors_of(999999999999), (Factors{3, 3, 3, 7, 11, 13, 37, 101, 9901}));
  EXPECT_EQ(factors_of(1000000000039), Factors{1000000000039});    // prime
  EXPECT_EQ(factors_of(999966000289), (Factors{999983, 999983}));  // the square of a prime
  EXPECT_EQ(factors_of(1000000016000000063), (Factors{1000000007, 1000000009}));
  EXPECT_EQ(factors_of(std::uint64_t{1} << 63), Factors(63, 2));  // the most there can be
}

TEST(Factorize, TakesTheNumbersOfTheArticle) {
  const auto work = workload("factorize").make({.tasks = 300});
  for (std::size_t task = 0; task < 300; ++task) {
    const auto n = load<std::uint64_t>(input_of(*work, task));
    EXPECT_EQ(n, 999999999999 + 2 * task);
    const auto factors = factors_of(n);
    EXPECT_TRUE(std::ranges::is_sorted(factors));
    EXPECT_EQ(std::accumulate(factors.begin(), factors.end(), std::uint64_t{1}, std::multiplies<>()), n);
  }
}

TEST(Factorize, WeighsANumberByItsDivisions) {
  const auto work = workload("factorize").make({.tasks = 300});
  EXPECT_EQ(work->weight(0), 1 + (103 - 3) / 2 + 8);   // 3^3 7 11 13 37 101, then 9901 < 103^2
  EXPECT_EQ(work->weight(20), 1 + (1000001 - 3) / 2);  // 1000000000039 is prime: up to its square root
}

// The loop of the workload, counting alone.
double divisions_of(std::uint64_t n) {
  std::uint64_t p = 3, divided = 0;
  for (; p * p <= n; p += 2) {
    for (; n % p == 0; n /= p) ++divided;
  }
  return static_cast<double>(1 + (p - 3) / 2 + divided);
}

TEST(Factorize, WeighsAllNumbersAsIfItHadFactorizedEach) {
  constexpr std::size_t kTasks = 1000;
  const auto work = workload("factorize").make({.tasks = kTasks});
  for (std::size_t task = 0; task < kTasks; ++task)
    EXPECT_EQ(work->weight(task), divisions_of(999999999999 + 2 * task)) << "task " << task;
}

TEST(Compute, SkewLeavesTheMeanAndReachesItsMaximum) {
  constexpr std::size_t kTasks = 50000;
  constexpr std::uint64_t kCost = 100000;
  for (const double skew : {0.0, 0.5, 1.0, 2.0, 4.0, 8.0}) {
    const auto work = workload("compute").make({.tasks = kTasks, .cost = kCost, .skew = skew});
    double sum = 0, most = 0;
    for (std::size_t task = 0; task < kTasks; ++task) {
      const auto units = static_cast<double>(load<std::uint64_t>(input_of(*work, task)));
      ASSERT_GE(units, 1);
      EXPECT_EQ(work->weight(task), units);
      sum += units;
      most = std::max(most, units);
    }
    EXPECT_NEAR(sum / kTasks / kCost, 1, skew == 0 ? 0 : 0.03) << "skew=" << skew;
    EXPECT_NEAR(most / kCost, skew + 1, 0.01 * (skew + 1)) << "skew=" << skew;
  }
}

TEST(Compute, CostZeroIsTheEmptyTask) {
  const auto output = output_of(workload("compute"), {.tasks = 1}, 0);
  EXPECT_EQ(output.size(), 16u);
  EXPECT_EQ(load<std::uint64_t>(output), 0u);
  EXPECT_EQ(load<std::uint64_t>(output, 8), 0x9E3779B97F4A7C15u);
}

TEST(Compute, EveryTaskReadsASliceOfTheSharedInput) {
  const Shape shape{.tasks = 100, .cost = 5, .shared_bytes = 1 << 20};
  std::vector<std::uint32_t> seen;
  for (std::size_t task = 0; task < shape.tasks; ++task) {
    seen.push_back(load<std::uint32_t>(output_of(workload("compute"), shape, task), 4));
  }
  EXPECT_EQ(seen[0], load<std::uint32_t>(output_of(workload("compute"), shape, 100), 4));  // in a circle
  std::ranges::sort(seen);
  EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
}

TEST(Compute, SurvivesAHeaderThatFillNeverWrites) {
  const auto work = workload("compute").make({.tasks = 100, .shared_bytes = 6400});
  auto input = input_of(*work, 0);
  store(std::uint64_t{0xFFFFFF} << 40, input);
  EXPECT_EQ(output_of(*work, input).size(), 16u);
}

TEST(Mandelbrot, RowsDiffer) {
  const auto work = workload("mandelbrot").make({.tasks = 64, .out_bytes = 64, .cost = 1000});
  double least = work->weight(0), most = least;
  for (std::size_t task = 0; task < 64; ++task) {
    least = std::min(least, work->weight(task));
    most = std::max(most, work->weight(task));
  }
  EXPECT_GT(most, 50 * least);
}

TEST(Deflate, WritesWhatCompress2DoesThenThePayload) {
  for (const std::size_t in_bytes : {1, 100, 4096, 65537, 600000}) {
    SCOPED_TRACE("in_bytes=" + std::to_string(in_bytes));
    const auto work = workload("deflate").make({.tasks = 4, .in_bytes = in_bytes, .out_bytes = 50});
    const auto input = input_of(*work, 1);
    const auto text = Bytes(input).subspan(kInputHeader);
    const auto output = output_of(*work, input);
    const auto length = load<std::uint32_t>(output, 4);
    ASSERT_EQ(output.size(), 8 + length + 50);
    EXPECT_EQ(load<std::uint32_t>(output), libdeflate_crc32(0, input.data(), kInputHeader));

    Buffer expected(compressBound(in_bytes));
    uLongf expected_length = expected.size();
    ASSERT_EQ(compress2(reinterpret_cast<Bytef*>(expected.data()), &expected_length,
                        reinterpret_cast<const Bytef*>(text.data()), in_bytes, 6),
              Z_OK);
    expected.resize(expected_length);
    EXPECT_EQ(Buffer(output.begin() + 8, output.begin() + 8 + length), expected);
    EXPECT_EQ(Buffer(output.end() - 50, output.end()), changed(text, 50));

    Buffer back(in_bytes);
    uLongf back_length = back.size();
    ASSERT_EQ(uncompress(reinterpret_cast<Bytef*>(back.data()), &back_length,
                         reinterpret_cast<const Bytef*>(output.data() + 8), length),
              Z_OK);
    EXPECT_TRUE(std::ranges::equal(back, text));
  }
}

TEST(Deflate, TextCompressesAsTextDoes) {
  const auto output = output_of(workload("deflate"), {.tasks = 1, .in_bytes = 65536}, 0);
  const double ratio = 65536.0 / load<std::uint32_t>(output, 4);
  EXPECT_GT(ratio, 2);
  EXPECT_LT(ratio, 5);
}

TEST(Deflate, RefusesExtraThatWouldRepeatNothing) {
  Shape shape{.tasks = 4, .in_bytes = 100};
  shape.extra = 0.05;
  EXPECT_TRUE(workload("deflate").unsupported(shape));
  shape.tasks = 20;
  EXPECT_FALSE(workload("deflate").unsupported(shape));
}

TEST(Workloads, RefuseFieldsThatTheyDoNotUse) {
  for (const auto& name : {"factorize", "mandelbrot", "deflate"}) {
    Shape shape{.tasks = 8, .in_bytes = 64, .out_bytes = 64};
    if (name == std::string_view("mandelbrot")) shape.cost = 10;
    ASSERT_FALSE(workload(name).unsupported(shape)) << name;
    auto skewed = shape, sharing = shape;
    skewed.skew = 1;
    sharing.shared_bytes = 4096;
    EXPECT_TRUE(workload(name).unsupported(skewed)) << name;
    EXPECT_TRUE(workload(name).unsupported(sharing)) << name;
  }
  EXPECT_TRUE(workload("factorize").unsupported({.tasks = 8, .cost = 1}));
  EXPECT_TRUE(workload("deflate").unsupported({.tasks = 8, .in_bytes = 64, .cost = 1}));
  EXPECT_TRUE(workload("deflate").unsupported({.tasks = 8}));                      // nothing to compress
  EXPECT_TRUE(workload("mandelbrot").unsupported({.tasks = 8, .cost = 100}));      // no pixels
  EXPECT_TRUE(workload("mandelbrot").unsupported({.tasks = 8, .out_bytes = 64}));  // no iterations
}

}  // namespace
}  // namespace breakeven
