#include "bench/summary/answer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>

#include "bench/text/phrases.h"
#include "bench/text/units.h"

namespace breakeven {
namespace {

using Cases = std::vector<const CaseSummary*>;

std::string times(double ratio) {
  char text[40];
  std::snprintf(text, sizeof text, ratio < 1 ? "%.2fx" : "%.3gx", ratio);
  return text;
}

std::string workers_of(const CaseSummary& one) { return counted(one.c.workers, "worker"); }

bool is_known(const CaseSummary& one) {
  return one.role == Role::kCase && one.c.workers > 1 && one.speedup && one.speedup->low && one.speedup->high;
}

bool pays(const CaseSummary& one) { return *one.speedup->low > 1; }
bool loses(const CaseSummary& one) { return *one.speedup->high < 1; }
bool is_above(const CaseSummary& a, const CaseSummary& b) { return *a.speedup->low > *b.speedup->high; }
// More than its workers can give, and not by chance.
bool is_beyond_ideal(const CaseSummary& one) { return *one.speedup->low > one.c.workers; }

const CaseSummary* fastest(const Cases& cases) {
  const auto found = std::ranges::max_element(cases, {}, [](const auto* one) { return one->speedup->value; });
  return found == cases.end() ? nullptr : *found;
}

std::vector<std::string> names(const Cases& cases) {
  std::vector<std::string> found;
  for (const auto* one : cases) found.push_back(one->c.name());
  return found;
}

// A block with the cases that have something to say.
struct Shape {
  const BlockSummary* block;
  Cases threads, processes, all;

  const CaseSummary* best() const { return fastest(all); }
};

std::vector<Shape> shapes_of(const std::vector<BlockSummary>& blocks) {
  std::vector<Shape> shapes;
  for (const auto& block : blocks) {
    if (block.empty_tasks) continue;
    Shape shape{.block = &block, .threads = {}, .processes = {}, .all = {}};
    for (const auto& one : block.cases) {
      if (!is_known(one)) continue;
      shape.all.push_back(&one);
      (one.is_process ? shape.processes : shape.threads).push_back(&one);
    }
    if (!shape.all.empty()) shapes.push_back(std::move(shape));
  }
  return shapes;
}

// `Here: threads. They are faster in 11 of 15 shapes, and level with processes in 4.`
std::optional<Sentence> threads_or_processes(const std::vector<Shape>& shapes) {
  std::size_t threads = 0, processes = 0, both = 0;
  Cases from;
  for (const auto& shape : shapes) {
    const auto *thread = fastest(shape.threads), *process = fastest(shape.processes);
    if (!thread || !process) continue;
    ++both;
    from.push_back(thread), from.push_back(process);
    threads += is_above(*thread, *process);
    processes += is_above(*process, *thread);
  }
  if (both == 0) return std::nullopt;
  const std::size_t ties = both - threads - processes;
  const auto of_all = " of " + counted(both, "shape");
  std::string text;
  if (threads + processes == 0) {
    text = "Here: no difference. No interval tells threads from processes in any" + of_all + ".";
  } else if (processes == 0) {
    text = "Here: threads. They are faster in " + std::to_string(threads) + of_all;
    text += ties ? ", level with processes in " + std::to_string(ties) + "." : ".";
  } else if (threads == 0) {
    text = "Here: processes. They are faster in " + std::to_string(processes) + of_all;
    text += ties ? ", level with threads in " + std::to_string(ties) + "." : ".";
  } else {
    text = "Here: it depends. Threads are faster in " + std::to_string(threads) + of_all + ", processes in " +
           std::to_string(processes);
    text += ties ? ", and " + std::to_string(ties) + (ties == 1 ? " is a tie." : " are ties.") : ".";
  }
  return Sentence{.kind = "threads_or_processes", .text = text, .cases = names(from)};
}

// `thread_pool is best or level in 13 of 15 shapes, up to 1.97x with 2 workers (99 % of the ceiling).`
std::optional<Sentence> winner(const std::vector<Shape>& shapes) {
  std::vector<std::string> order;
  std::map<std::string, std::size_t> level;
  std::map<std::string, Cases> of;
  for (const auto& shape : shapes) {
    std::vector<std::string> here;
    for (const auto* one : shape.all) {
      const auto& backend = one->c.backend;
      if (is_above(*shape.best(), *one) || std::ranges::find(here, backend) != here.end()) continue;
      here.push_back(backend);
      if (level[backend]++ == 0) order.push_back(backend);
    }
    for (const auto* one : shape.all) of[one->c.backend].push_back(one);
  }
  const auto top = std::ranges::max_element(order, {}, [&](const auto& backend) { return level[backend]; });
  if (top == order.end()) return std::nullopt;
  std::string text = plain(*top) + " is best or level in " + std::to_string(level[*top]) + " of " +
                     counted(shapes.size(), "shape");
  Cases sure;
  std::ranges::copy_if(of[*top], std::back_inserter(sure),
                       [](const auto* one) { return pays(*one) && !is_beyond_ideal(*one); });
  if (const auto* most = fastest(sure)) {
    text += ", up to " + times(most->speedup->value) + " with " + workers_of(*most);
    if (most->ceiling_share)
      text += " (" + std::to_string(std::lround(100 * *most->ceiling_share)) + " % of the ceiling)";
  } else if (std::ranges::none_of(of[*top], [](const auto* one) { return pays(*one); })) {
    text += ", and gains nothing for certain";
  }
  return Sentence{.kind = "winner", .text = text + ".", .cases = names(of[*top])};
}

// All of a shape but its payload.
std::string without_payload(const Shape& shape) {
  Case c = shape.all.front()->c;
  c.shape.in_bytes = c.shape.out_bytes = 0;
  return c.shape_name();
}

std::uint64_t payload_of(const Shape& shape) {
  const auto& s = shape.all.front()->c.shape;
  return s.in_bytes + s.out_bytes;
}

// The least payload from which on `cases` of each shape lose, where they lose in none below; shapes differ in payload.
std::optional<std::uint64_t> loses_from(std::vector<const Shape*> shapes) {
  std::ranges::sort(shapes, {}, [](const auto* shape) { return payload_of(*shape); });
  const auto lost = [](const Shape* shape) { return loses(*fastest(shape->processes)); };
  const auto first = std::ranges::find_if(shapes, lost);
  if (first == shapes.begin() || first == shapes.end() || !std::all_of(first, shapes.end(), lost))
    return std::nullopt;
  return payload_of(**first);
}

// `Processes pay in 12 of 15 shapes; at 1us a task they lose from 32KiB a task on.`
std::optional<Sentence> processes(const std::vector<Shape>& shapes) {
  std::size_t count = 0, gain = 0, loss = 0;
  Cases from;
  std::map<std::string, std::vector<const Shape*>> families;
  for (const auto& shape : shapes) {
    const auto* best = fastest(shape.processes);
    if (!best) continue;
    ++count, gain += pays(*best), loss += loses(*best);
    from.push_back(best);
    families[without_payload(shape)].push_back(&shape);
  }
  if (count == 0) return std::nullopt;
  std::string text = gain == count ? "Processes pay in every shape"
                     : gain == 0
                         ? "Processes pay in no shape for certain"
                         : "Processes pay in " + std::to_string(gain) + " of " + counted(count, "shape");
  if (loss != 0 && gain != count) text += " and lose in " + std::to_string(loss);
  for (const auto& [name, members] : families) {
    const auto payload = loses_from(members);
    if (!payload) continue;
    const Case& c = members.front()->all.front()->c;
    text += "; " + plain(c.workload) + (c.cost_label.empty() ? "" : " of " + plain(c.cost_label)) +
            ": a loss from " + format_bytes(*payload) + " a task on";
  }
  return Sentence{.kind = "processes", .text = text + ".", .cases = names(from)};
}

// `Never: std_async submit (0.84x at best).`
std::optional<Sentence> never(const std::vector<Shape>& shapes) {
  std::vector<std::string> order;
  std::map<std::string, Cases> ways;
  for (const auto& shape : shapes) {
    for (const auto* one : shape.all) {
      const auto way = one->c.backend + " " + one->c.way();
      if (ways[way].empty()) order.push_back(way);
      ways[way].push_back(one);
    }
  }
  constexpr std::size_t kShown = 3;
  std::string text;
  Cases from;
  std::size_t found = 0;
  for (const auto& way : order) {
    if (!std::ranges::all_of(ways[way], [](const auto* one) { return loses(*one); })) continue;
    from.insert(from.end(), ways[way].begin(), ways[way].end());
    if (++found > kShown) continue;
    text += (text.empty() ? "" : ", ") + plain(way) + " (" + times(fastest(ways[way])->speedup->value) +
            " at best)";
  }
  if (found == 0) return std::nullopt;
  if (found > kShown) text += " and " + std::to_string(found - kShown) + " more";
  return Sentence{.kind = "never", .text = "Never: " + text + ".", .cases = names(from)};
}

// What looks too good is explained, and never the headline.
std::optional<Sentence> beyond_ideal(const std::vector<Shape>& shapes) {
  Cases beyond;
  for (const auto& shape : shapes)
    std::ranges::copy_if(shape.all, std::back_inserter(beyond),
                         [](const auto* one) { return is_beyond_ideal(*one); });
  if (beyond.empty()) return std::nullopt;
  const auto* most = fastest(beyond);
  return Sentence{
      .kind = "beyond_ideal",
      .text = counted(beyond.size(), "case") + " of more than the number of workers, up to " +
              times(most->speedup->value) + " with " + std::to_string(most->c.workers) + " (" +
              plain(most->c.backend) +
              "): several cores have several caches, so that a payload fits which one core's does "
              "not hold, or the plain loop pays for something else. It is no gain of the pool.",
      .cases = names(beyond)};
}

std::optional<Sentence> two_speeds(const std::vector<Shape>& shapes) {
  Cases moded;
  for (const auto& shape : shapes)
    std::ranges::copy_if(shape.all, std::back_inserter(moded),
                         [](const auto* one) { return !one->modes.empty(); });
  if (moded.empty()) return std::nullopt;
  return Sentence{
      .kind = "two_speeds",
      .text = counted(moded.size(), "case") + (moded.size() == 1 ? " has" : " have") +
              " two speeds: the machine's cores are near to each other at times, and far at others.",
      .cases = names(moded)};
}

}  // namespace

std::vector<Sentence> answer(const std::vector<BlockSummary>& blocks) {
  const auto shapes = shapes_of(blocks);
  std::vector<Sentence> sentences;
  if (shapes.empty()) {
    const bool measured = std::ranges::any_of(blocks, [](const auto& block) {
      return !block.empty_tasks && std::ranges::any_of(block.cases, [](const auto& one) {
        return one.speedup && one.c.workers > 1;
      });
    });
    if (measured) {
      sentences.push_back(
          {.kind = "too_few_rounds",
           .text = "Nothing is certain yet: an interval takes 6 rounds, and no case has so many.",
           .cases = {}});
    }
    return sentences;
  }
  for (const auto& make : {threads_or_processes, winner, processes, never, beyond_ideal, two_speeds}) {
    if (auto sentence = make(shapes)) sentences.push_back(std::move(*sentence));
  }
  return sentences;
}

}  // namespace breakeven
