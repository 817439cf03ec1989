// Rays from an eye into a scene of spheres, a row of the picture a task: rows through the middle meet more.
#include <array>
#include <cmath>

#include "ports.h"

constexpr int kWidth = 480, kHeight = 360, kSpheres = 40;
struct Sphere {
  double x, y, z, radius;
};
static std::array<Sphere, kSpheres>& scene() {
  static std::array<Sphere, kSpheres> spheres;
  return spheres;
}

static std::vector<float> row(const int& y) {
  std::vector<float> pixels(kWidth);
  for (int x = 0; x < kWidth; ++x) {
    double dx = (x - kWidth / 2.0) / kWidth, dy = (y - kHeight / 2.0) / kWidth, dz = 1, px = 0, py = 0,
           pz = 0, light = 1;
    for (int bounce = 0; bounce < 4; ++bounce) {
      double nearest = 1e9;
      const Sphere* hit = nullptr;
      const double length = std::sqrt(dx * dx + dy * dy + dz * dz);
      dx /= length, dy /= length, dz /= length;
      for (const auto& s : scene()) {
        const double cx = s.x - px, cy = s.y - py, cz = s.z - pz, along = cx * dx + cy * dy + cz * dz;
        const double inside = s.radius * s.radius - (cx * cx + cy * cy + cz * cz) + along * along;
        if (inside < 0) continue;
        const double at = along - std::sqrt(inside);
        if (at > 1e-6 && at < nearest) nearest = at, hit = &s;
      }
      if (!hit) break;
      px += nearest * dx, py += nearest * dy, pz += nearest * dz;
      const double nx = (px - hit->x) / hit->radius, ny = (py - hit->y) / hit->radius,
                   nz = (pz - hit->z) / hit->radius;
      const double turn = 2 * (dx * nx + dy * ny + dz * nz);
      dx -= turn * nx, dy -= turn * ny, dz -= turn * nz, light *= 0.7;
    }
    pixels[static_cast<std::size_t>(x)] = static_cast<float>(light * (0.5 + 0.5 * dy));
  }
  return pixels;
}

int main(int argc, char** argv) {
  std::uint64_t state = 1;
  for (auto& s : scene()) {
    const auto in = [&](double low, double high) { return low + (high - low) * random_number(state); };
    s = {in(-1, 1), in(-0.3, 0.3), in(3, 5), in(0.1, 0.4)};
  }
  Ports<int, std::vector<float>> ports(argc, argv, row, kWidth * sizeof(float) + 64);
  ports.start();
  std::vector<int> rows;
  for (int y = 0; y < kHeight; ++y) rows.push_back(y);
  std::vector<std::vector<float>> results(rows.size());
  ports.loop(rows, results, [&] {
    BREAKEVEN_SITE(rays);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      BREAKEVEN_TASK(rows[i], results[i]);
      results[i] = row(rows[i]);
    }
  });
  double sum = 0;
  for (const auto& pixels : results)
    for (const float pixel : pixels) sum += pixel;
  std::printf("mean %.6f\n", sum / (kWidth * kHeight));
}
