#include "backends/thread_pool/members.h"

namespace breakeven {

Members::Members(unsigned workers) {
  for (unsigned index = 1; index < workers; ++index) append(index);
}

Members::~Members() {
  for (Member* member = first(); member != nullptr;) {
    const std::unique_ptr<Member> end(member);
    member = member->next.load(std::memory_order_relaxed);
  }
}

Member& Members::own_thread(unsigned index) {
  Member* member = first();
  while (member->index != index) member = member->next.load(std::memory_order_acquire);
  return *member;
}

Member& Members::append(unsigned index) {
  auto* const member = new Member(index);
  (last_ == nullptr ? head_ : last_->next).store(member, std::memory_order_release);
  return *(last_ = member);
}

Member& Members::join() {
  const std::lock_guard lock(mutex_);
  for (Member* member = first(); member != nullptr; member = member->next.load(std::memory_order_relaxed)) {
    if (member->taken) continue;
    member->taken = true;
    return *member;
  }
  return append(0);
}

void Members::leave(Member& member) {
  const std::lock_guard lock(mutex_);
  member.taken = false;
}

std::uint64_t new_pool_number() {
  static std::atomic<std::uint64_t> last = 0;
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

namespace {

// The places of this thread in pools whose own thread it is not; given back when it ends.
class Visits {
 public:
  ~Visits() {
    for (const auto& visit : visits_) {
      if (const auto members = visit.members.lock()) members->leave(*visit.where.member);
    }
  }

  Membership find_or_join(std::uint64_t pool, const std::shared_ptr<Members>& members) {
    for (const auto& visit : visits_) {
      if (visit.where.pool == pool) return visit.where;
    }
    std::erase_if(visits_, [](const Visit& visit) { return visit.members.expired(); });
    visits_.push_back({{pool, &members->join()}, members});
    return visits_.back().where;
  }

 private:
  struct Visit {
    Membership where;
    std::weak_ptr<Members> members;
  };
  std::vector<Visit> visits_;
};

}  // namespace

Member& visit(std::uint64_t pool, const std::shared_ptr<Members>& members) {
  thread_local Visits visits;
  visited_pool = visits.find_or_join(pool, members);
  return *visited_pool.member;
}

}  // namespace breakeven
