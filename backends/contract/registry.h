// Things that announce themselves: a translation unit defines one Registration, and nothing else names it.
// Registered units are linked as object libraries, since a linker drops unreferenced members of an archive.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace breakeven {

// Entry needs a member `std::string name`. Filled before main, read-only afterwards (then thread-safe).
template <class Entry>
class Registry {
 public:
  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  void add(Entry entry) {
    if (find(entry.name)) throw std::logic_error("registered twice: " + entry.name);
    const auto place = std::ranges::lower_bound(entries_, entry.name, {}, &Entry::name);
    entries_.insert(place, std::move(entry));
  }

  const Entry* find(std::string_view name) const {
    const auto found = std::ranges::find(entries_, name, &Entry::name);
    return found == entries_.end() ? nullptr : &*found;
  }

  const std::vector<Entry>& all() const { return entries_; }  // sorted by name

 private:
  std::vector<Entry> entries_;
};

template <class Entry>
struct Registration {
  explicit Registration(Entry entry) { Registry<Entry>::instance().add(std::move(entry)); }
};

}  // namespace breakeven
