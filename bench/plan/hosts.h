// The hosts that the workers of a case may be spread over. The command line alone names them: no suite, result or journal
// can make this program start a command elsewhere.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/text/json_reader.h"
#include "bench/text/words.h"

namespace breakeven {

struct Host {
  std::string name;    // as it is reached: a name or an address
  unsigned slots = 1;  // workers that it can run at once
};

// What starts a command on another host.
enum class Starter { kNone, kShell, kSlurm };

template <>
inline constexpr auto kWords<Starter> = words<Starter>("starter", {{Starter::kNone, "none"},
                                                                   {Starter::kShell, "shell"},
                                                                   {Starter::kSlurm, "slurm"}});

// Cheap to copy; thread-safe to read. The first host is the one that this program runs on.
class Hosts {
 public:
  Hosts() = default;

  // --hosts FILE, strictly: a complaint has the key's path. --hosts slurm: the allocation that this program runs in.
  // Both throw UsageError.
  static Hosts from_file(const std::string& path);
  static Hosts from_text(const std::string& text, const std::string& path);
  static Hosts of_slurm();
  static Hosts given(const std::string& word);  // of the command line; an empty word: this machine alone

  bool any() const { return !hosts_.empty(); }
  Starter starter() const { return starter_; }
  const std::vector<Host>& list() const { return hosts_; }
  unsigned count() const;  // at least 1
  unsigned slots(
      unsigned nodes) const;  // of the first so many; without hosts, the CPUs that may be used here
  // AGENT HOST COMMAND runs a command of the shell there, as ssh does. Empty where there is none.
  const std::vector<std::string>& agent() const { return agent_; }
  const std::string& network() const { return network_; }

  // How many of the ranks each of the first `nodes` hosts runs: workers one after the other to hosts that have a slot left
  // (to all in turn, once none has), and the ranks beyond them to the first host.
  std::vector<unsigned> spread(unsigned workers, unsigned ranks, unsigned nodes) const;

  // A file with the name of each host once for each of its ranks; it lives as long as a copy of this object does.
  std::string host_file(const std::vector<unsigned>& ranks) const;

  // Where they stand in a result: null without hosts. What starts commands is left out.
  Json to_json() const;

 private:
  class Folder;

  Starter starter_ = Starter::kNone;
  std::vector<Host> hosts_;
  std::vector<std::string> agent_;
  std::string network_, link_;
  std::shared_ptr<Folder> folder_;
};

}  // namespace breakeven
