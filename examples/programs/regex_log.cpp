// Requests that failed, found in a web server's log by a regular expression.
#include <regex>

#include "ports.h"

struct Found {
  unsigned failed = 0;
  unsigned long bytes = 0;
};

static Found look(const std::string& text) {
  static const std::regex line(R"re(^(\S+) - - \[[^\]]*\] "GET ([^"]*) HTTP/1.0" (\d+) (\d+)$)re");
  Found found;
  std::istringstream lines(text);
  std::smatch match;
  for (std::string one; std::getline(lines, one);) {
    if (!std::regex_match(one, match, line)) continue;
    if (match[3] != "200") ++found.failed;
    found.bytes += std::stoul(match[4]);
  }
  return found;
}

int main(int argc, char** argv) {
  Ports<std::string, Found> ports(argc, argv, look, 64);
  ports.start();
  const auto parts = parts_of(content_of(ports.inputs() + "/access.log"), 200);
  std::vector<Found> results(parts.size());
  ports.loop(parts, results, [&] {
    BREAKEVEN_SITE(regex_log);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      BREAKEVEN_TASK(parts[i], results[i]);
      results[i] = look(parts[i]);
    }
  });
  Found all;
  for (const auto& one : results) all.failed += one.failed, all.bytes += one.bytes;
  std::printf("%u failed, %lu bytes\n", all.failed, all.bytes);
}
