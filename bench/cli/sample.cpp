// `breakeven sample`: takes samples of any command as `run` takes its own: a supervised process group, a deadline,
// nothing left behind. A JSON object a line in, one a line out. Not shown in the help: it is for the tools around
// (`check`), so that none of them starts and ends processes in a way of its own.
//
// In: words (program and arguments), env (optional: added to the environment), folder (optional: where it works),
// deadline_s (optional), cpus (optional: that it may run on), memory (optional; true: watch it, which disturbs the times). Out: exit_code, signal, timed_out,
// strays, wall_ns, cpu_ns and peak_rss_bytes (of the command and the descendants that it waited for), out and err (a code
// point a byte), out_is_cut (longer than 16 MiB), covariates (docs/format.md; hardware counts are of the whole process),
// and, where memory was watched, pss_bytes (the most that all its processes held). Or error: why it cannot be started.
// To {"machine": true} it answers with the context of a result file.
//
// {"cell": REQUEST} runs the cell of the request's backend (docs/format.md), with the keys of "more" (optional) added to the
// request. Out, besides: record, what the harness makes of it, or failure_kind and reason; or unsupported, why no run would
// measure this case. {"command": REQUEST} runs nothing (but a cluster that the cell needs), and tells the cell's words, its env, and the request as it gets it.
#include <csignal>
#include <iostream>
#include <memory>
#include <system_error>

#include "bench/cli/commands.h"
#include "bench/machine/hardware_counters.h"
#include "bench/machine/machine.h"
#include "bench/machine/memory_watch.h"
#include "bench/machine/surroundings.h"
#include "bench/process/supervisor.h"
#include "bench/run/clusters.h"
#include "bench/run/sampler.h"
#include "bench/text/json_reader.h"

namespace breakeven {
namespace {

constexpr double kLongestDeadline = 1e6;  // seconds

// JSON holds code points, an output any bytes: Latin-1 gives each byte one.
std::string code_point_a_byte(const std::string& bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text.push_back(c);
    } else {
      text.push_back(static_cast<char>(0xC0 | byte >> 6));
      text.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
    }
  }
  return text;
}

struct Question {
  Command command;
  bool memory = false;
};

Question question_of(JsonReader& reader) {
  Question question;
  Command& command = question.command;
  command.words = reader.strings("words");
  if (command.words.empty()) reader.refuse("words must name a program");
  if (reader.has("env")) {
    const Json& env = reader.raw("env");
    JsonReader variables(env, "sample: env");
    for (const auto& [name, value] : env.items()) command.env[name] = variables.string(name);
  }
  command.folder = reader.string("folder", "");
  if (reader.has("cpus")) {
    for (const double cpu : reader.numbers("cpus")) command.cpus.push_back(static_cast<int>(cpu));
  }
  const double deadline_s =
      reader.has("deadline_s") ? reader.number_within("deadline_s", 0, kLongestDeadline) : 0;
  command.deadline = std::chrono::nanoseconds(static_cast<std::int64_t>(deadline_s * 1e9));
  question.memory = reader.boolean("memory", false);
  reader.refuse_unknown_keys();
  return question;
}

Json answer_of(const Ended& ended, Json covariates) {
  return {{"exit_code", ended.exit_code},           {"signal", ended.signal},
          {"timed_out", ended.timed_out},           {"strays", ended.strays},
          {"wall_ns", ended.wall.count()},          {"cpu_ns", ended.cpu.count()},
          {"peak_rss_bytes", ended.peak_rss_bytes}, {"out", code_point_a_byte(ended.out)},
          {"out_is_cut", ended.out_is_cut},         {"err", code_point_a_byte(ended.err)},
          {"covariates", std::move(covariates)}};
}

class Samples {
 public:
  Samples(const std::string& executable, const std::vector<std::string>& manifests)
      : executable_(executable), clusters_(catalogue_, supervisor_) {
    catalogue_.add_installed_manifests();
    for (const auto& manifest : manifests) catalogue_.add_manifest(manifest);
  }

  // Nothing where it was interrupted.
  std::optional<Json> answer(const std::string& line) {
    const Json question = parse_json(line, "sample");
    JsonReader reader(question, "sample:");
    if (reader.boolean("machine", false)) return machine_context(executable_);
    if (reader.has("command")) return command_for(request_from_json(reader.raw("command")));
    if (reader.has("cell")) return sample_of_cell(reader);
    return take(question_of(reader));
  }

  int interrupted() const { return supervisor_.interrupted(); }

 private:
  Json command_for(const Request& request) {
    Command command = command_of(catalogue_, executable_, request);
    clusters_.prepare(request, command);  // whoever runs it needs what it asks for
    return {{"words", std::vector<std::string>(command.words.begin(), command.words.end() - 1)},
            {"env", command.env},
            {"request", parse_json(command.words.back(), "sample: command")}};
  }

  std::optional<Json> sample_of_cell(JsonReader& reader) {
    const Request request = request_from_json(reader.raw("cell"));
    const auto backend = catalogue_.resolve(request.c.backend);
    if (const auto reason = backend.entry->unsupported(request.c, setup_of(request.c, backend.options)))
      return Json{{"unsupported", *reason}};
    Question question{.command = command_of(catalogue_, executable_, request)};
    if (const Json* more = reader.find("more")) {
      Json asked = parse_json(question.command.words.back(), "sample: cell");
      asked.update(*more);
      question.command.words.back() = asked.dump();
    }
    reader.refuse_unknown_keys();
    try {
      clusters_.prepare(request, question.command);
    } catch (const KeepError& error) {
      return Json{{"error", error.what()}};
    }
    auto answer = take(question);
    if (!answer || answer->contains("error")) return answer;
    const Record record = judged(ended_, request, static_cast<bool>(backend.entry->launcher));
    if (record.ok()) {
      (*answer)["record"] = record.said;
    } else {
      clusters_.distrust();
      (*answer)["failure_kind"] = record.failure_kind;
      (*answer)["reason"] = record.reason;
      (*answer)["said"] = record.said;
    }
    return answer;
  }

  std::optional<Json> take(const Question& question) {
    try {
      Surroundings surroundings(last_);
      HardwareCounters counters;  // what is started while they are on inherits them
      counters.resume();
      std::optional<MemoryWatch> watch;
      if (question.memory) watch.emplace();
      ended_ = supervisor_.run(question.command);
      const Ended& ended = ended_;
      counters.pause();
      if (ended.interrupted) return std::nullopt;
      Json covariates = surroundings.after();
      covariates.update(counters.per_run(1));
      last_ = surroundings.last();
      Json answer = answer_of(ended, std::move(covariates));
      if (watch) answer["pss_bytes"] = watch->peak_pss_bytes();
      return answer;
    } catch (const std::system_error& error) {
      return Json{{"error", error.what()}};
    }
  }

  std::string executable_;
  Catalogue catalogue_;
  Supervisor supervisor_;
  Clusters clusters_;
  Ended ended_;  // the last
  std::optional<LastProbe> last_;
};

}  // namespace

Subcommand add_sample(CLI::App& app, const Invocation& invocation) {
  auto* command = app.add_subcommand("sample", "Take samples of any command (JSON lines).");
  command->group("");  // not in the list of words
  auto manifests = std::make_shared<std::vector<std::string>>();
  command->add_option("--backend-manifest", *manifests, "JSON file that names further cell commands");
  return {command, [executable = invocation.executable, manifests] {
            Samples samples(executable, *manifests);
            for (std::string line; std::getline(std::cin, line);) {
              const auto answer = samples.answer(line);
              if (!answer) break;
              std::cout << answer->dump() << std::endl;
            }
            return samples.interrupted() ? 128 + samples.interrupted() : kExitOk;
          }};
}

}  // namespace breakeven
