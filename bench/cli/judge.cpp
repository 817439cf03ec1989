// `breakeven judge`: the rule that ends a measurement, for data at hand: a JSON object a line in, one a line out. Not
// shown in the help: it is for the tools around (`self-test`), so that none of them has a rule of its own.
//
// In: precision, most_rounds; starts_s (of each round's first sample), logs (of its ratio, null where a sample failed),
// far (optional: the machine's mode in it, null where not known). Out: stop ("precision", "bimodal" or "rounds"; null
// where the rule would go on) and rounds. Without starts_s: looks (the rounds after which it looks) and least_span_s.
#include <iostream>

#include "bench/cli/commands.h"
#include "bench/judge/stop_rule.h"
#include "bench/text/json_reader.h"

namespace breakeven {
namespace {

Json looks_of(const PrecisionRule& rule) {
  Json looks = Json::array();
  for (unsigned rounds = 1; rounds <= rule.most_rounds(); ++rounds) {
    if (PrecisionRule::is_look(rounds) || rounds == rule.most_rounds()) looks.push_back(rounds);
  }
  return {{"looks", looks}, {"least_span_s", PrecisionRule::kLeastSpanSeconds}};
}

Json answer(const std::string& line) {
  const Json question = parse_json(line, "judge");
  JsonReader reader(question, "judge:");
  const PrecisionRule rule(reader.number("precision"),
                           static_cast<unsigned>(reader.integer_within("most_rounds", 1, 100'000)));
  if (!reader.has("starts_s")) return looks_of(rule);
  const auto starts_s = reader.numbers("starts_s");
  const Json logs = reader.raw("logs"), far = reader.has("far") ? reader.raw("far") : Json::array();
  if (logs.size() != starts_s.size() || (!far.empty() && far.size() != logs.size()))
    reader.refuse("starts_s, logs and far must be of one length");
  std::vector<std::optional<ModedRatio>> rounds;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    auto& round = rounds.emplace_back();
    if (!logs[i].is_null()) round = ModedRatio{.log_speedup = logs[i].get<double>(), .far = {}};
    if (round && i < far.size() && far[i].is_boolean()) round->far = far[i].get<bool>();
  }
  const auto stopped = stop_in(rule, starts_s, rounds);
  if (!stopped) return {{"stop", nullptr}, {"rounds", rounds.size()}};
  return {{"stop", to_string(stopped->why)}, {"rounds", stopped->rounds}};
}

}  // namespace

Subcommand add_judge(CLI::App& app) {
  auto* command =
      app.add_subcommand("judge", "Say where the rule of --precision ends a measurement (JSON lines).");
  command->group("");  // not in the list of words
  return {command, [] {
            for (std::string line; std::getline(std::cin, line);) {
              try {
                std::cout << answer(line).dump() << std::endl;
              } catch (const Json::exception& error) {
                throw UsageError(std::string("judge: ") + error.what());
              }
            }
            return kExitOk;
          }};
}

}  // namespace breakeven
