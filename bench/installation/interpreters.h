// The Python interpreters of this machine, beside the one that this program uses by itself.
#pragma once

#include <string>
#include <vector>

namespace breakeven {

struct Interpreter {
  std::string path;    // absolute
  std::string label;   // how a backend's option names it: "3.13", "3.14t" of a free-threaded build
  bool gil = true;     // whether its threads run Python code one at a time
  bool pools = false;  // whether it has interpreters of which each has a lock of its own
};

// Each of `given` (a path, or a name on PATH), or, where there is none, what stands on PATH as python3.X and python3.Xt and is
// 3.9 or newer; of those with one label the first. Starts each once. Throws UsageError where a given one cannot be used.
std::vector<Interpreter> find_interpreters(const std::vector<std::string>& given);

}  // namespace breakeven
