#include "bench/summary/result_file.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <istream>
#include <numeric>
#include <streambuf>

#include "bench/installation/build_info.h"
#include "bench/plan/protocol.h"

namespace breakeven {
namespace {

// The text of a file, decompressed where it is gzip's.
class TextStream : public std::streambuf {
 public:
  explicit TextStream(const std::string& path) : path_(path), file_(::gzopen(path.c_str(), "rb")) {
    if (!file_) throw UsageError(path + ": " + std::strerror(errno));
  }
  TextStream(const TextStream&) = delete;
  TextStream& operator=(const TextStream&) = delete;
  ~TextStream() override { ::gzclose(file_); }

 protected:
  int_type underflow() override {
    const int count = ::gzread(file_, block_.data(), static_cast<unsigned>(block_.size()));
    if (count < 0) {
      int code = 0;
      const std::string why = ::gzerror(file_, &code);
      throw UsageError(path_ + ": cannot be read: " + (code == Z_ERRNO ? std::strerror(errno) : why));
    }
    setg(block_.data(), block_.data(), block_.data() + count);
    return count == 0 ? traits_type::eof() : traits_type::to_int_type(block_[0]);
  }

 private:
  std::string path_;
  ::gzFile file_;
  std::array<char, 1 << 16> block_{};
};

struct Sample {
  Slot slot;
  unsigned round = 0;
  double real_time_ns = 0;
  std::optional<double> line_ns, cpu_share, first_ns, p99_ns;
};

class Reading {
 public:
  explicit Reading(std::string path) : path_(std::move(path)) {}

  ResultFile read() {
    TextStream text(path_);
    std::istream in(&text);
    in.exceptions(std::ios::badbit);  // what underflow() throws
    // An item of a list is taken and dropped when it ends, so that the lists stay empty.
    const auto take = [this](int depth, Json::parse_event_t event, Json& value) {
      if (event == Json::parse_event_t::key && depth == 1) list_ = value.get<std::string>();
      if (event != Json::parse_event_t::object_end || depth != 2) return true;
      return !take_item(value);
    };
    const Json rest = Json::parse(in, take);
    check(rest);
    file_.context = rest.at("context");
    sort_cases();
    file_.history.emplace_back(file_.cases, file_.builds.size());
    for (const auto& sample : samples_) {
      const auto& slot = sample.slot;
      file_.history[0].add(slot, sample.round, sample.real_time_ns, sample.line_ns);
      if (sample.cpu_share) file_.cpu_shares[slot.planned].push_back(*sample.cpu_share);
      if (!sample.first_ns) continue;
      auto& completion = file_.completions[{slot.planned, slot.build}];
      completion.first_ns.push_back(*sample.first_ns);
      completion.p99_ns.push_back(*sample.p99_ns);
    }
    return std::move(file_);
  }

 private:
  // The place of a name that may be new.
  static std::size_t index_of(std::map<std::string, std::size_t>& places, const std::string& name) {
    return places.emplace(name, places.size()).first->second;
  }

  // As the run planned them: rows come in the random order in which they were measured.
  void sort_cases() {
    std::map<std::string, std::size_t> planned;
    std::map<std::string, std::string> comments;
    for (const auto& one : file_.context.at("breakeven").value("cases", Json::array())) {
      planned.emplace(one.at("name"), planned.size());
      comments.emplace(one.at("name"), one.value("comment", ""));
    }
    for (std::size_t i = 0; i < names_.size(); ++i) file_.cases[i].comment = comments[names_[i]];
    const auto place = [&](std::size_t i) {
      const auto found = planned.find(names_[i]);
      return found == planned.end() ? planned.size() : found->second;
    };
    std::vector<std::size_t> order(names_.size()), place_of(names_.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, place);
    std::vector<PlannedCase> cases;
    for (const auto i : order) {
      place_of[i] = cases.size();
      cases.push_back(std::move(file_.cases[i]));
    }
    file_.cases = std::move(cases);
    for (auto& sample : samples_) sample.slot.planned = place_of[sample.slot.planned];
  }

  void check(const Json& rest) const {
    const Json::json_pointer place("/context/breakeven/schema");
    const Json schema = rest.is_object() && rest.contains(place) ? rest.at(place) : Json();
    if (!schema.is_string())
      throw UsageError(path_ + ": is not a result file of Breakeven (context.breakeven.schema is missing)");
    const auto major = schema.get<std::string>().substr(0, schema.get<std::string>().find('.'));
    if (major != "1" && major != kSchemaMajor) {
      throw UsageError(path_ + ": its schema is " + excerpt(schema) + ", this program reads 1.x to " +
                       kSchemaMajor + ".x; use the breakeven that wrote it");
    }
  }

  bool take_item(const Json& item) {
    if (list_ == "benchmarks") return take_row(item), true;
    if (list_ == "failures") return file_.failures.push_back(item), true;
    if (list_ == "skipped") return file_.skipped.push_back(item), true;
    if (list_ == "set_aside") {
      const auto reason = item.value(Json::json_pointer("/breakeven/set_aside"), std::string("a rule"));
      return ++file_.set_aside[reason.substr(0, reason.find(" is "))], true;
    }
    return false;
  }

  void take_row(const Json& row) {
    const auto where = path_ + ": benchmarks[" + std::to_string(samples_.size()) + "]";
    if (!row.contains("breakeven"))
      throw UsageError(where +
                       ": has no `breakeven`: a Google Benchmark file has no baseline that a summary needs");
    JsonReader ours(row.at("breakeven"), where + ".breakeven");
    const auto name = JsonReader(row, where).string("name");
    const double time_ns = JsonReader(row, where).number("real_time");
    if (!(time_ns > 0)) throw UsageError(where + ".real_time: expected a time above 0");
    Sample sample;
    sample.real_time_ns = time_ns;
    if (ours.has("covariates")) sample.line_ns = line_ns_of(ours.raw("covariates"));
    sample.round = static_cast<unsigned>(ours.integer("round"));
    sample.slot.build = index_of(builds_, ours.string("build"));
    if (builds_.size() > file_.builds.size()) file_.builds.push_back(ours.string("build"));
    sample.slot.planned = index_of(cases_, ours.raw("case").dump());
    if (ours.has("half")) sample.slot.half = static_cast<int>(ours.integer_within("half", 0, 1));
    if (cases_.size() > file_.cases.size()) {
      names_.push_back(name);
      file_.cases.push_back({.c = case_from_json(ours.raw("case"), ours.path("case")),
                             .role = ours.word("role", parse_word<Role>),
                             .baseline = ours.string("baseline"),
                             .timing = {}});
    }
    if (ours.has("completion")) {
      JsonReader times(ours.raw("completion"), ours.path("completion"));
      sample.first_ns = times.number("first_ns");
      sample.p99_ns = times.number("p99_ns");
    }
    if (ours.has("cpu_time_ns")) sample.cpu_share = ours.number("cpu_time_ns") / time_ns;
    const auto& c = file_.cases[sample.slot.planned].c;
    if (c.workers > 1 && ours.integer("bytes_moved", 0) > 0) file_.processes.insert(c.backend);
    samples_.push_back(sample);
  }

  std::string path_, list_;
  ResultFile file_;
  std::vector<std::string> names_;  // of the cases
  std::map<std::string, std::size_t> cases_, builds_;
  std::vector<Sample> samples_;
};

}  // namespace

ResultFile read_result_file(const std::string& path) {
  try {
    return Reading(path).read();
  } catch (const Json::parse_error& error) {
    throw UsageError(path + ": is not JSON, or is cut short, at byte " + std::to_string(error.byte));
  } catch (const Json::exception& error) {
    throw UsageError(path + ": is damaged: " + error.what());
  }
}

}  // namespace breakeven
