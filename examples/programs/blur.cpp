// An image blurred by a box of 15 x 15, strip by strip.
#include "ports.h"

constexpr int kWidth = 1024, kHeight = 768, kRadius = 7, kStrip = 8;

static std::vector<float>& image() {
  static std::vector<float> pixels(kWidth * kHeight);
  return pixels;
}

static std::vector<float> blur(const int& first) {
  std::vector<float> strip(kWidth * kStrip);
  for (int y = first; y < first + kStrip; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      float sum = 0;
      int count = 0;
      for (int v = std::max(0, y - kRadius); v <= std::min(kHeight - 1, y + kRadius); ++v)
        for (int u = std::max(0, x - kRadius); u <= std::min(kWidth - 1, x + kRadius); ++u, ++count)
          sum += image()[static_cast<std::size_t>(v * kWidth + u)];
      strip[static_cast<std::size_t>((y - first) * kWidth + x)] = sum / static_cast<float>(count);
    }
  }
  return strip;
}

int main(int argc, char** argv) {
  std::uint64_t state = 1;
  for (auto& pixel : image()) pixel = static_cast<float>(random_number(state));
  Ports<int, std::vector<float>> ports(argc, argv, blur, kWidth * kStrip * sizeof(float) + 64);
  ports.start();
  std::vector<int> strips;
  for (int y = 0; y < kHeight; y += kStrip) strips.push_back(y);
  std::vector<std::vector<float>> results(strips.size());
  ports.loop(strips, results, [&] {
    BREAKEVEN_SITE(blur);
    for (std::size_t i = 0; i < strips.size(); ++i) {
      BREAKEVEN_TASK(strips[i], results[i]);
      results[i] = blur(strips[i]);
    }
  });
  double sum = 0;
  for (const auto& strip : results)
    for (const float pixel : strip) sum += pixel;
  std::printf("mean %.6f\n", sum / (kWidth * kHeight));
}
