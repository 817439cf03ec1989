#include "bench/plan/session.h"

namespace breakeven {

Json to_json(const Session& session) {
  return {{"rounds", session.rounds},
          {"precision", session.precision > 0 ? Json(session.precision) : Json()},
          {"only", session.only},
          {"drop_losers", session.drop_losers}};
}

Session session_from_json(const Json& json, const std::string& where) {
  JsonReader reader(json, where);
  Session session{.rounds = static_cast<unsigned>(reader.integer_within("rounds", 1, 100'000)),
                  .precision = reader.number("precision", 0),
                  .only = reader.strings("only"),
                  .drop_losers = reader.boolean("drop_losers", false)};
  if (!(session.precision >= 0 && session.precision < 1))
    reader.fail("precision", "expected a fraction such as 0.02");
  return session;
}

}  // namespace breakeven
