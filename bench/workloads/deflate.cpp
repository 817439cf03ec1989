// deflate: zlib at level 6 on blocks of text, as log shippers and web servers run it: much input, an output
// whose length only the work itself tells.
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "backends/contract/workload.h"
#include "bench/workloads/limits.h"
#include "bench/workloads/payload.h"

namespace breakeven {
namespace {

constexpr std::size_t kOutputHeader = 8;  // CRC-32 of the input's header, length of the compressed bytes
constexpr int kLevel = 6;                 // zlib's own default

constexpr std::size_t kWords = 640;
constexpr std::size_t kTextBytes = 524288;  // 16 of deflate's windows: a repetition is never seen

std::vector<std::string> make_words() {
  constexpr const char* kOnset[] = {"b", "c", "d", "f", "g", "h", "l",  "m",
                                    "n", "p", "r", "s", "t", "w", "st", "tr"};
  constexpr const char* kVowel[] = {"a", "e", "i", "o", "u", "ea", "ou", "io"};
  constexpr const char* kCoda[] = {"", "n", "r", "s", "t", "l", "nd", "ng"};
  std::vector<std::string> words(kWords);
  SplitMix64 draws(0);  // the vocabulary is the same for every seed
  for (std::size_t rank = 0; rank < kWords; ++rank) {
    const int syllables = 1 + (rank >= 32) + (rank >= 256);  // frequent words are short
    for (int i = 0; i < syllables; ++i) {
      const auto draw = draws.next();
      words[rank].append(kOnset[draw % 16]).append(kVowel[draw / 16 % 8]).append(kCoda[draw / 128 % 8]);
    }
  }
  return words;
}

// Words by Zipf's law: rank r stands kWords / r times in the urn that they are drawn from.
std::vector<std::byte> make_text(std::uint64_t seed) {
  const auto words = make_words();
  std::vector<const std::string*> urn;
  for (std::size_t rank = 0; rank < kWords; ++rank) urn.insert(urn.end(), kWords / (rank + 1), &words[rank]);
  std::string text;
  text.reserve(kTextBytes + 64);
  for (SplitMix64 draws(seed); text.size() < kTextBytes;) {
    const auto draw = draws.next();
    text += *urn[(draw >> 32) % urn.size()];
    text += draw % 64 == 0 ? ".\n" : draw % 8 == 0 ? ", " : " ";
  }
  // A copy, for the string must go: from the first large block freed on, glibc keeps as much for later. Until
  // then it gives zlib's state back to the kernel after every task, at 20 to 65 page faults each.
  const auto bytes = std::as_bytes(std::span(text)).first(kTextBytes);
  return {bytes.begin(), bytes.end()};
}

class Deflate final : public Workload {
 public:
  explicit Deflate(const Shape& shape) : shape_(shape), payload_(shape), text_(make_text(shape.seed)) {}

  std::size_t input_size() const override { return kInputHeader + shape_.in_bytes; }
  std::size_t output_capacity() const override {
    return kOutputHeader + compressBound(shape_.in_bytes) + shape_.out_bytes;
  }

  // The payload is the text, read in a circle from a place that a hash of the task tells.
  void fill(std::size_t task, MutableBytes input) const override {
    store<std::uint64_t>(task, input);
    std::size_t from = SplitMix64(task).next() % kTextBytes;
    for (auto rest = input.subspan(kInputHeader); !rest.empty(); from = 0) {
      const auto length = std::min(rest.size(), kTextBytes - from);
      std::memcpy(rest.data(), text_.data() + from, length);
      rest = rest.subspan(length);
    }
  }

  std::size_t run(Bytes input, MutableBytes output) const override {
    const auto task = load<std::uint64_t>(input);
    for (auto left = repetitions(task); left > 0; --left) compress(other_text(task), output);
    const auto length = compress(input.subspan(kInputHeader), output);
    store(payload_.checksum(input.first(kInputHeader)), output);
    store(static_cast<std::uint32_t>(length), output, 4);
    const auto header = kOutputHeader + length;
    payload_.transform(input, output.subspan(header, shape_.out_bytes));
    return header + shape_.out_bytes;
  }

  double weight(std::size_t task) const override { return 1.0 + repetitions(task); }

 private:
  std::size_t compress(Bytes text, MutableBytes output) const {
    uLongf length = output.size() - kOutputHeader - shape_.out_bytes;
    const int status = compress2(reinterpret_cast<Bytef*>(output.data() + kOutputHeader), &length,
                                 reinterpret_cast<const Bytef*>(text.data()), text.size(), kLevel);
    if (status != Z_OK) throw std::runtime_error(std::string("zlib cannot compress: ") + zError(status));
    return length;
  }

  // Shape::extra adds whole blocks, evenly spread over the tasks. A prefix of each would be no fair share of
  // the work: 5 % of a block cost 2 % to 10 %, since zlib's start is dear and its first matches are cheap.
  double repetitions(std::uint64_t task) const {
    const auto upto = [this](double tasks) { return std::floor(tasks * shape_.extra + 0.5); };
    return upto(static_cast<double>(task) + 1) - upto(static_cast<double>(task));
  }

  // As long as a task's, but not the same: a short block costs half as much at once again, since the CPU has
  // learnt its branches.
  Bytes other_text(std::uint64_t task) const {
    const auto length = std::min(shape_.in_bytes, kTextBytes);
    const auto from = SplitMix64(~task).next() % (kTextBytes - length + 1);
    return Bytes(text_).subspan(from, length);
  }

  const Shape shape_;
  const Payload payload_;
  const std::vector<std::byte> text_;
};

std::optional<std::string> unsupported(const Shape& shape) {
  if (shape.in_bytes == 0) return "deflate needs in_bytes, the text to compress; try 64 KiB";
  if (shape.in_bytes > UINT32_MAX) return "deflate compresses less than 4 GiB a task; use a smaller in_bytes";
  if (shape.extra > 0 && shape.extra * static_cast<double>(shape.tasks) < 0.5) {
    return "deflate repeats whole tasks for extra, and here not even one; use more tasks";
  }
  return refuse("deflate", shape, {});
}

const WorkloadRegistration registration({
    .name = "deflate",
    .summary = "zlib level 6 on text of in_bytes; output of variable length",
    .unsupported = unsupported,
    .make = [](const Shape& shape) { return std::make_unique<const Deflate>(shape); },
});

}  // namespace
}  // namespace breakeven
