#include "bench/plan/hosts.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>
#include <system_error>

#include "backends/contract/error.h"
#include "bench/machine/machine.h"
#include "bench/process/supervisor.h"
#include "bench/text/paths.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostSlots = 1024;
constexpr std::size_t kMostHosts = 1024;

// It becomes a word of other programs' command lines: nothing that those, or a shell, would take for more than a name.
std::string host_name(JsonReader& reader) {
  auto name = reader.string("name");
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '-' || c == '_'; };
  if (name.empty() || name.front() == '-' || !std::ranges::all_of(name, is_plain))
    reader.fail("name", "expected a host's name or its IPv4 address, found " + excerpt(name));
  return name;
}

Host host_from_json(const Json& json, const std::string& where) {
  JsonReader reader(json, where);
  Host host{.name = host_name(reader), .slots = 1};
  if (reader.find("slots")) host.slots = static_cast<unsigned>(reader.integer_within("slots", 1, kMostSlots));
  reader.refuse_unknown_keys();
  return host;
}

// Slurm writes "4(x2),2" for 4, 4, 2.
std::vector<unsigned> slurm_counts(const std::string& text) {
  std::vector<unsigned> counts;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto times = part.find("(x");
    const auto count = static_cast<unsigned>(parse_count(part.substr(0, times)));
    const auto close = part.find(')');
    const auto repeated = times == std::string::npos || close == std::string::npos
                              ? 1
                              : parse_count(part.substr(times + 2, close - times - 2));
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(repeated, kMostHosts); ++i) counts.push_back(count);
  }
  return counts;
}

// Plain loops and ranks of one host are measured where this program runs: that has to be the first host of the allocation.
void check_first(const std::string& first) {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  const auto brief = [](const std::string& text) { return text.substr(0, text.find('.')); };
  if (brief(name) != brief(first))
    throw UsageError("--hosts slurm: this runs on " + std::string(name) +
                     ", and the allocation begins with " + first +
                     ": start it by sbatch, which runs it there");
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

// Temporary files, taken away with it.
class Hosts::Folder {
 public:
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  std::string file(const std::string& name, const std::string& content) {
    if (path_.empty()) {
      std::string made = (fs::temp_directory_path() / "breakeven-hosts-XXXXXX").string();
      if (!::mkdtemp(made.data())) throw std::system_error(errno, std::generic_category(), made);
      path_ = made;
    }
    const auto place = path_ / name;
    std::ofstream file(place);
    file << content;
    if (!file.flush()) throw UsageError(place.string() + ": cannot be written");
    return place;
  }

 private:
  fs::path path_;
};

Hosts Hosts::from_file(const std::string& path) { return from_text(read_text_file(path), path); }

Hosts Hosts::from_text(const std::string& text, const std::string& path) {
  const Json json = parse_json(text, path);
  JsonReader reader(json, path + ":");
  if (reader.integer("breakeven_hosts") != 1) reader.fail("breakeven_hosts", "this program reads version 1");
  Hosts hosts;
  hosts.starter_ = Starter::kShell;
  hosts.folder_ = std::make_shared<Folder>();
  hosts.network_ = reader.string("network", "");
  hosts.link_ = reader.string("link", "");
  const auto folder = fs::path(path).parent_path();
  hosts.agent_ = {"ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"};
  if (reader.find("agent")) hosts.agent_ = reader.strings("agent");
  if (hosts.agent_.empty() || hosts.agent_.front().empty()) reader.fail("agent", "names no program");
  for (auto& word : hosts.agent_) {
    word = from_folder(folder, word);
    if (word.find(' ') != std::string::npos)
      reader.fail("agent", "a word with a space reaches other programs in pieces: " + excerpt(word));
  }
  const Json& list = reader.raw("hosts");
  reader.refuse_unknown_keys();
  if (!list.is_array() || list.empty())
    reader.fail("hosts", "expected a list of hosts, found " + excerpt(list));
  if (list.size() > kMostHosts) reader.fail("hosts", "at most " + std::to_string(kMostHosts));
  std::set<std::string> names;
  for (std::size_t i = 0; i < list.size(); ++i) {
    hosts.hosts_.push_back(host_from_json(list[i], reader.path("hosts") + "[" + std::to_string(i) + "]"));
    if (!names.insert(hosts.hosts_.back().name).second)
      reader.fail("hosts", hosts.hosts_.back().name + " stands twice; give it more slots instead");
  }
  return hosts;
}

Hosts Hosts::of_slurm() {
  const auto nodes = environment("SLURM_JOB_NODELIST");
  if (nodes.empty())
    throw UsageError(
        "--hosts slurm: there is no allocation (SLURM_JOB_NODELIST); start it by salloc or sbatch");
  Hosts hosts;
  hosts.starter_ = Starter::kSlurm;
  hosts.folder_ = std::make_shared<Folder>();
  hosts.agent_ = {"srun", "--overlap", "--ntasks=1", "--nodes=1", "--nodelist"};
  try {
    Supervisor supervisor;
    const Ended ended = supervisor.run(
        {.words = {"scontrol", "show", "hostnames", nodes}, .env = {}, .deadline = std::chrono::seconds(20)});
    std::istringstream lines(ended.out);
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty()) hosts.hosts_.push_back({.name = line, .slots = 1});
    }
  } catch (const std::system_error& error) {
    throw UsageError(std::string("--hosts slurm: ") + error.what());
  }
  if (hosts.hosts_.empty()) throw UsageError("--hosts slurm: scontrol names no host for " + nodes);
  check_first(hosts.hosts_.front().name);
  auto per_node = environment("SLURM_TASKS_PER_NODE");
  if (per_node.empty()) per_node = environment("SLURM_JOB_CPUS_PER_NODE");
  const auto counts = slurm_counts(per_node);
  for (std::size_t i = 0; i < std::min(counts.size(), hosts.hosts_.size()); ++i)
    hosts.hosts_[i].slots = std::max(1U, counts[i]);
  return hosts;
}

Hosts Hosts::given(const std::string& word) {
  if (word.empty()) return {};
  return word == "slurm" ? of_slurm() : from_file(word);
}

unsigned Hosts::count() const { return std::max<unsigned>(1, static_cast<unsigned>(hosts_.size())); }

unsigned Hosts::slots(unsigned nodes) const {
  if (!any()) return usable_cores();
  const auto end = hosts_.begin() + std::min<std::ptrdiff_t>(nodes, std::ssize(hosts_));
  return std::accumulate(hosts_.begin(), end, 0U,
                         [](unsigned sum, const Host& host) { return sum + host.slots; });
}

std::vector<unsigned> Hosts::spread(unsigned workers, unsigned ranks, unsigned nodes) const {
  std::vector<unsigned> counts(std::clamp<std::size_t>(nodes, 1, count()), 0);
  const auto room = any() ? slots(static_cast<unsigned>(counts.size())) : 0;
  std::size_t at = 0;
  for (unsigned given = 0; given < workers; at = (at + 1) % counts.size()) {
    if (given < room && counts[at] >= hosts_[at].slots) continue;
    ++counts[at];
    ++given;
  }
  counts.front() += ranks > workers ? ranks - workers : 0;
  return counts;
}

std::string Hosts::host_file(const std::vector<unsigned>& ranks) const {
  std::string content, name = "hosts";
  for (std::size_t i = 0; i < ranks.size() && i < hosts_.size(); ++i) {
    name += "-" + std::to_string(ranks[i]);
    for (unsigned rank = 0; rank < ranks[i]; ++rank) content += hosts_[i].name + "\n";
  }
  return folder_ ? folder_->file(name, content) : "";
}

Json Hosts::to_json() const {
  if (!any()) return nullptr;
  Json list = Json::array();
  for (const auto& host : hosts_) list.push_back({{"name", host.name}, {"slots", host.slots}});
  return {{"starter", to_string(starter_)}, {"hosts", list}, {"network", network_}, {"link", link_}};
}

}  // namespace breakeven
