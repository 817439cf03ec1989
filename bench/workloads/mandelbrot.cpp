// mandelbrot: a task is a row of an image. Irregular, since rows through the set cost a hundred times others,
// and the output is the work itself. Compiled without fused multiply-add, so that every platform agrees.
#include <algorithm>

#include "backends/contract/workload.h"
#include "bench/workloads/barrier.h"
#include "bench/workloads/limits.h"
#include "bench/workloads/payload.h"

namespace breakeven {
namespace {

constexpr std::size_t kOutputHeader = 8;  // CRC-32 of the input's payload, 0

// Steps z -> z^2 + c from 0 until |z| > 2, at most `most` and, since it starts at 0, at least one of them.
// One copy of the loop: inlined twice, clang makes the repetition a tenth faster than the work itself.
[[gnu::noinline]] std::uint64_t escape_time(double x, double y, std::uint64_t most) {
  double re = 0, im = 0;
  std::uint64_t steps = 0;
  while (steps < most) {
    const double re2 = re * re, im2 = im * im;
    if (re2 + im2 > 4) break;
    im = 2 * re * im + y;
    re = re2 - im2 + x;
    ++steps;
  }
  return steps;
}

class Mandelbrot final : public Workload {
 public:
  explicit Mandelbrot(const Shape& shape) : shape_(shape), payload_(shape) {}

  std::size_t input_size() const override { return kInputHeader + shape_.in_bytes; }
  std::size_t output_capacity() const override { return kOutputHeader + shape_.out_bytes; }

  void fill(std::size_t task, MutableBytes input) const override { payload_.fill(task, task, input); }

  std::size_t run(Bytes input, MutableBytes output) const override {
    const auto row = load<std::uint64_t>(input);
    const auto pixels = output.subspan(kOutputHeader, shape_.out_bytes);
    std::uint64_t total = 0;
    for (std::size_t column = 0; column < pixels.size(); ++column) {
      const auto steps = pixel(column, row, shape_.cost);
      pixels[column] = static_cast<std::byte>(steps);
      total += steps;
    }
    if (const auto again = fraction_of(total, shape_.extra)) repeat(row, again);

    store(payload_.carry(input, {}), output);
    store<std::uint32_t>(0, output, 4);
    return kOutputHeader + pixels.size();
  }

  double weight(std::size_t task) const override {
    double total = 0;
    for (std::size_t column = 0; column < shape_.out_bytes; ++column) {
      total += static_cast<double>(pixel(column, task, shape_.cost));
    }
    return total;
  }

 private:
  std::uint64_t pixel(std::size_t column, std::uint64_t row, std::uint64_t most) const {
    const double x =
        -2.0 + (static_cast<double>(column) + 0.5) * (2.5 / static_cast<double>(shape_.out_bytes));
    const double y = -1.25 + (static_cast<double>(row) + 0.5) * (2.5 / static_cast<double>(shape_.tasks));
    return escape_time(x, y, most);
  }

  // That many steps again, on pixels spread over the row: neighbours cost alike, and the left edge
  // next to none.
  void repeat(std::uint64_t row, std::uint64_t left) const {
    const auto width = shape_.out_bytes;
    const auto stride = width * 5 / 8 + 1;
    std::uint64_t done = 0;
    for (std::size_t column = width / 2; left > 0; column = (column + stride) % width) {
      const auto steps = pixel(column, row, std::min(left, shape_.cost));
      left -= steps;
      done += steps;
    }
    keep(done);
  }

  const Shape shape_;
  const Payload payload_;
};

std::optional<std::string> unsupported(const Shape& shape) {
  if (shape.cost == 0) return "mandelbrot needs cost, the most iterations of a pixel; try 1000";
  if (shape.out_bytes == 0) return "mandelbrot needs out_bytes, the pixels of a row; try 256";
  return refuse("mandelbrot", shape, {.cost = true});
}

const WorkloadRegistration registration({
    .name = "mandelbrot",
    .summary = "rows of the Mandelbrot set: out_bytes pixels of at most cost iterations; irregular",
    .unsupported = unsupported,
    .make = [](const Shape& shape) { return std::make_unique<const Mandelbrot>(shape); },
});

}  // namespace
}  // namespace breakeven
