// Values as bytes and back, functions of objects as workloads, and what a recorded loop is sized by.
#include "bench/serialise.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backends/contract/job.h"
#include "bench/own_function.h"

namespace breakeven {
namespace {

template <class T>
std::vector<std::byte> bytes_of(const T& value) {
  std::vector<std::byte> bytes(serialised_bytes(value));
  Writer writer(bytes.data());
  writer(value);
  EXPECT_EQ(writer.bytes(), bytes.size());
  return bytes;
}

template <class T>
T again(const T& value) {
  const auto bytes = bytes_of(value);
  T read{};
  Reader(bytes.data(), bytes.size())(read);
  return read;
}

struct Image {
  int width = 0;
  std::vector<float> pixels;
  friend bool operator==(const Image&, const Image&) = default;
};
void breakeven_write(Writer& writer, const Image& image) { writer(image.width, image.pixels); }
void breakeven_read(Reader& reader, Image& image) { reader(image.width, image.pixels); }

struct Plain {
  int a = 1;
  double b = 2;
  friend bool operator==(const Plain&, const Plain&) = default;
};

template <class T>
class RoundTrip : public ::testing::Test {
 public:
  static T value();
};

using Everything =
    ::testing::Types<int, double, Plain, std::string, std::vector<double>, std::vector<bool>,
                     std::vector<std::string>, std::array<int, 3>, std::array<std::string, 2>,
                     std::optional<int>, std::optional<std::string>, std::pair<int, std::string>,
                     std::tuple<int, std::string, std::vector<int>>, std::map<std::string, std::vector<int>>,
                     std::set<std::string>, std::deque<std::string>, std::list<int>, Image,
                     std::vector<Image>, std::pair<std::optional<Image>, std::map<int, Image>>>;
TYPED_TEST_SUITE(RoundTrip, Everything);

template <class T>
T some(int seed);

// Something of any type here, other for another seed.
template <class T>
T some(int seed) {
  if constexpr (std::is_arithmetic_v<T>) {
    return static_cast<T>(seed);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return std::string(static_cast<std::size_t>(seed % 40), static_cast<char>('a' + seed % 26));
  } else if constexpr (std::is_same_v<T, Plain>) {
    return {seed, seed / 2.0};
  } else if constexpr (std::is_same_v<T, Image>) {
    return {seed, some<std::vector<float>>(seed + 1)};
  } else if constexpr (serialised::is_optional<T>::value) {
    return seed % 2 ? T(some<typename T::value_type>(seed)) : std::nullopt;
  } else if constexpr (serialised::is_tuple<T>::value) {
    T value{};
    std::apply([&](auto&... parts) { ((parts = some<std::decay_t<decltype(parts)>>(seed++)), ...); }, value);
    return value;
  } else {
    T value;
    using Element = typename serialised::element<typename T::value_type>::type;
    for (int i = 0; i < seed % 7; ++i) value.insert(value.end(), some<Element>(seed + i));
    return value;
  }
}

TYPED_TEST(RoundTrip, GivesTheSameValue) {
  for (const int seed : {0, 1, 5, 13, 104}) EXPECT_EQ(again(some<TypeParam>(seed)), some<TypeParam>(seed));
}

TYPED_TEST(RoundTrip, IsRefusedWhereTheBytesEndEarly) {
  const auto bytes = bytes_of(some<TypeParam>(13));
  for (std::size_t kept = 0; kept < bytes.size(); ++kept) {
    TypeParam read{};
    EXPECT_THROW(Reader(bytes.data(), kept)(read), std::runtime_error) << kept;
  }
}

// What lies between the members is nobody's, and results are compared by their bytes.
TEST(Serialised, EqualValuesHaveEqualBytesWhateverTheirPaddingHolds) {
#if defined(__has_builtin) && __has_builtin(__builtin_clear_padding)
  Plain one, other;
  std::memset(static_cast<void*>(&one), 0xFF, sizeof one);
  std::memset(static_cast<void*>(&other), 0, sizeof other);
  one.a = other.a = 7;
  one.b = other.b = 1.5;
  EXPECT_EQ(bytes_of(one), bytes_of(other));
  EXPECT_EQ(bytes_of(std::vector{one}), bytes_of(std::vector{other}));
#else
  GTEST_SKIP() << "this compiler cannot clear the padding";
#endif
}

TEST(Serialised, AnEmptyOptionalHasNoBytesButItsFlag) {
  EXPECT_EQ(bytes_of(std::optional<double>()).size(), 1U);
}

TEST(Serialised, SmartPointersOwnACopy) {
  auto one = std::make_unique<std::string>("x");
  const auto bytes = bytes_of(one);
  std::unique_ptr<std::string> other = std::make_unique<std::string>("before"), none;
  Reader(bytes.data(), bytes.size())(other);
  EXPECT_EQ(*other, "x");
  const auto nothing = bytes_of(none);
  Reader(nothing.data(), nothing.size())(other);
  EXPECT_EQ(other, nullptr);
}

TEST(Serialised, ViewsAndTiesAreSizedByWhatTheyShow) {
  const std::string text(100, 'x');
  const std::vector<int> numbers(10);
  EXPECT_EQ(serialised_bytes(std::string_view(text)), 8U + 100U);
  EXPECT_EQ(serialised_bytes(std::tie(text, numbers)), 8U + 100U + 8U + 40U);
}

TEST(Serialised, ALengthThatNoMemoryHoldsIsRefused) {
  std::array<std::byte, 16> bytes;
  bytes.fill(std::byte{0xFF});
  std::vector<double> read;
  EXPECT_THROW(Reader(bytes.data(), bytes.size())(read), std::runtime_error);
}

// --- comparing ---

TEST(Difference, IsThatOfTheNumbersAndInfiniteInAnythingElse) {
  EXPECT_EQ(own::difference(1.0, 1.0), 0);
  EXPECT_DOUBLE_EQ(own::difference(1.0, 2.0), 0.5);
  EXPECT_DOUBLE_EQ(own::difference(std::vector{1.0, -4.0}, std::vector{1.0, -3.0}), 0.25);
  EXPECT_TRUE(std::isinf(own::difference(std::vector{1.0}, std::vector{1.0, 2.0})));
  const auto pair = [](int a, const char* b) { return std::pair(a, std::string(b)); };
  EXPECT_DOUBLE_EQ(own::difference(pair(1, "a"), pair(2, "a")), 0.5);
  EXPECT_TRUE(own::difference(pair(1, "a"), pair(1, "b")) > 0);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(own::difference(nan, nan), 0);
  EXPECT_TRUE(std::isinf(own::difference(nan, 1.0)));
}

own::Function<double, double> drifting(Comparing<double> comparing) {
  return {[](std::size_t task, std::uint64_t scale) { return static_cast<double>(task + scale + 1); },
          [calls = std::make_shared<int>(0)](const double& x) { return x * (1 + 1e-6 * (*calls)++); },
          std::move(comparing)};
}

std::optional<Comparison> compared(const Comparing<double>& comparing) {
  const own::ObjectWorkload<double, double> workload(drifting(comparing), {.tasks = 4});
  Job job(workload, 4, 1, Memory::kPrivate, Pages::kAny, false);
  job.execute(0, 0, 4);
  return job.compared();
}

TEST(Comparing, IsByDigestWhereNothingElseIsSaid) { EXPECT_EQ(compared({}).has_value(), false); }

TEST(Comparing, AllowsATolerance) {
  const auto found = compared({.tolerance = 1e-5});
  EXPECT_EQ(found->outside, 0U);
  EXPECT_NEAR(found->worst, 4e-6, 1e-7);
}

TEST(Comparing, NamesTheFirstTaskBeyondIt) {
  const auto found = compared({.tolerance = 1e-7});
  EXPECT_EQ(found->outside, 4U);
  EXPECT_NE(found->first.find("task 0"), std::string::npos);
}

TEST(Comparing, AsksTheUsersOwnRule) {
  EXPECT_EQ(compared({.equal = [](double, double) { return true; }})->outside, 0U);
  EXPECT_EQ(compared({.equal = [](double a, double) { return a < 3; }})->outside, 2U);
}

// --- registration ---

const auto registered = own_function<std::string, std::size_t>(
    "length of a text", [](std::size_t task) { return std::string(task, 'x'); },
    [](const std::string& text) { return text.size(); });
const auto scaled = own_function<std::vector<int>, int>(
    "scaled", [](std::size_t, std::uint64_t scale) { return std::vector<int>(scale); },
    [](const std::vector<int>& numbers) { return static_cast<int>(numbers.size()); });

TEST(OwnFunction, HasTheMedianSizesOfItsTasks) {
  const auto sizes = find_workload("length of a text")->sizes({.tasks = 101});
  EXPECT_EQ(sizes.in, 8U + 50U);
  EXPECT_EQ(sizes.out, sizeof(std::size_t));
}

TEST(OwnFunction, TakesACostAsTheScaleOfItsInputWhereThatHasOne) {
  EXPECT_EQ(find_workload("scaled")->sizes({.tasks = 3, .cost = 25}).in, 8U + 100U);
  EXPECT_FALSE(find_workload("scaled")->unsupported({.tasks = 3, .cost = 25}));
  const auto reason = find_workload("length of a text")->unsupported({.tasks = 3, .cost = 25});
  ASSERT_TRUE(reason);
  EXPECT_NE(reason->find("std::uint64_t scale"), std::string::npos);
}

TEST(OwnFunction, SaysThatItIsNotDeterministicWhereAnOutputOutgrowsThePlainLoops) {
  const own::ObjectWorkload<int, std::string> workload(
      {[](std::size_t, std::uint64_t) { return 1; }, [](const int&) { return std::string(100, 'x'); }, {}},
      {.tasks = 1});
  const auto input = bytes_of(1);
  std::vector<std::byte> output(50);
  try {
    workload.run(input, output);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("not deterministic"), std::string::npos);
  }
}

}  // namespace
}  // namespace breakeven
