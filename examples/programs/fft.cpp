// A batch of Fourier transforms of 4096 points.
#include <complex>
#include <numbers>

#include "ports.h"

using Signal = std::vector<std::complex<double>>;
constexpr std::size_t kPoints = 4096;

static Signal transformed(const Signal& signal) {
  Signal out(kPoints);
  for (std::size_t i = 0; i < kPoints; ++i) {
    std::size_t reversed = 0;
    for (std::size_t bit = 1, from = i; bit < kPoints; bit <<= 1, from >>= 1)
      reversed = reversed << 1 | (from & 1);
    out[reversed] = signal[i];
  }
  for (std::size_t half = 1; half < kPoints; half *= 2) {
    const auto turn = std::polar(1.0, -std::numbers::pi / static_cast<double>(half));
    for (std::size_t first = 0; first < kPoints; first += 2 * half) {
      std::complex<double> factor = 1;
      for (std::size_t i = first; i < first + half; ++i, factor *= turn) {
        const auto odd = factor * out[i + half];
        out[i + half] = out[i] - odd;
        out[i] += odd;
      }
    }
  }
  return out;
}

int main(int argc, char** argv) {
  Ports<Signal, Signal> ports(argc, argv, transformed, kPoints * 16 + 64);
  ports.start();
  std::uint64_t state = 1;
  std::vector<Signal> signals(400, Signal(kPoints)), results(signals.size());
  for (auto& signal : signals)
    for (auto& value : signal) value = random_number(state);
  ports.loop(signals, results, [&] {
    BREAKEVEN_SITE(fft);
    for (std::size_t i = 0; i < signals.size(); ++i) {
      BREAKEVEN_TASK(signals[i], results[i]);
      results[i] = transformed(signals[i]);
    }
  });
  std::printf("first %.6f\n", results[0][1].real());
}
