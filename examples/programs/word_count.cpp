// How often each word stands in a text, part by part.
#include <cctype>
#include <map>

#include "ports.h"

using Counts = std::map<std::string, unsigned>;

static Counts count(const std::string& text) {
  Counts counts;
  std::string word;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c))) {
      word += c;
    } else if (!word.empty()) {
      ++counts[word];
      word.clear();
    }
  }
  return counts;
}

int main(int argc, char** argv) {
  Ports<std::string, Counts> ports(argc, argv, count, 4 << 20);
  ports.start();
  const auto parts = parts_of(content_of(ports.inputs() + "/words.txt"), 100);
  std::vector<Counts> results(parts.size());
  ports.loop(parts, results, [&] {
    BREAKEVEN_SITE(word_count);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      BREAKEVEN_TASK(parts[i], results[i]);
      results[i] = count(parts[i]);
    }
  });
  Counts all;
  for (const auto& counts : results)
    for (const auto& [word, number] : counts) all[word] += number;
  std::printf("%zu words, \"the\" %u times\n", all.size(), all["the"]);
}
