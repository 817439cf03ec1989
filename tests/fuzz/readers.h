// The readers of this program, each with texts that it should take: the seeds of the damaged ones.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace breakeven::fuzz {

struct Reader {
  std::string name;
  std::vector<std::string> corpus;
  // Takes the text, or throws UsageError; anything else is a finding.
  std::function<void(const std::string& text)> read;
};

// `folder`: an empty one, for readers of files. Throws when a text of the corpus is refused.
std::vector<Reader> readers(const std::string& folder);

}  // namespace breakeven::fuzz
