#include <gatehouse/fleet/planner.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

namespace gatehouse::fleet {
namespace {

struct place {
  plan_member member;
  std::set<int> shards;

  [[nodiscard]] double load(int more = 0) const {
    return (static_cast<double>(shards.size()) + more) / member.weight;
  }
  [[nodiscard]] int excess() const {
    const int count = static_cast<int>(shards.size());
    if (member.is_draining) return count;
    return member.max_shards > 0 ? std::max(count - member.max_shards, 0) : 0;
  }
  [[nodiscard]] bool takes_part() const { return member.takes_shards && !member.is_draining; }
  [[nodiscard]] bool has_room() const {
    return takes_part() &&
           (member.max_shards == 0 || static_cast<int>(shards.size()) < member.max_shards);
  }
};

class planning {
 public:
  explicit planning(const plan_question& asked) : asked_(asked) {
    answer_.owners = asked.owners;
    for (const auto& member : asked.members) places_[member.id] = {member, {}};
    for (int id = 0; id < static_cast<int>(asked.owners.size()); ++id) {
      const auto owner = places_.find(owner_of(id));
      if (owner == places_.end()) {
        owner_of(id).clear();
        homeless_.push_back(id);
      } else {
        owner->second.shards.insert(id);
      }
    }
  }

  plan_answer run() {
    for (const int id : homeless_) settle(id);
    for (auto& [name, from] : places_) empty_out(from);
    if (is_unequal()) level_out();
    return std::move(answer_);
  }

 private:
  std::string& owner_of(int shard_id) { return answer_.owners[static_cast<std::size_t>(shard_id)]; }

  void settle(int shard_id) {
    place* to = emptiest();
    if (to == nullptr) {
      ++answer_.homeless;
      return;
    }
    put(shard_id, *to);
    ++answer_.placed;
  }
  void empty_out(place& from) {
    for (int excess = from.excess(); excess > 0 && may_move(); --excess) {
      place* to = emptiest();
      if (to == nullptr) return;
      move(from, *to);
    }
  }
  void level_out() {
    while (may_move()) {
      place* from = fullest();
      place* to = emptiest();
      if (from == nullptr || to == nullptr || from->load() <= to->load(1)) return;
      move(*from, *to);
    }
  }

  /// The one that is emptiest with one more.
  place* emptiest() {
    place* best = nullptr;
    for (auto& [name, each] : places_) {
      if (each.has_room() && (best == nullptr || each.load(1) < best->load(1))) best = &each;
    }
    return best;
  }
  place* fullest() {
    place* best = nullptr;
    for (auto& [name, each] : places_) {
      if (!each.takes_part() || each.shards.empty()) continue;
      if (best == nullptr || each.load() > best->load()) best = &each;
    }
    return best;
  }
  bool is_unequal() const {
    if (asked_.threshold_percent >= 100) return false;
    double weights = 0;
    double shards = 0;
    for (const auto& [name, each] : places_) {
      if (!each.takes_part()) continue;
      weights += each.member.weight;
      shards += static_cast<double>(each.shards.size());
    }
    return std::any_of(places_.begin(), places_.end(), [&](const auto& named) {
      const auto& each = named.second;
      if (!each.takes_part()) return false;
      const double share = shards * each.member.weight / weights;
      const double apart = std::abs(static_cast<double>(each.shards.size()) - share);
      return apart >= 1 && apart > share * asked_.threshold_percent / 100;
    });
  }
  bool may_move() const {
    return answer_.moved < static_cast<std::size_t>(std::max(asked_.move_batch, 0));
  }

  void move(place& from, place& to) {
    const int shard_id = *from.shards.rbegin();
    from.shards.erase(shard_id);
    put(shard_id, to);
    ++answer_.moved;
  }
  void put(int shard_id, place& to) {
    to.shards.insert(shard_id);
    owner_of(shard_id) = to.member.id;
  }

  const plan_question& asked_;
  plan_answer answer_;
  std::map<std::string, place> places_;
  std::vector<int> homeless_;
};

}  // namespace

plan_answer plan_shards(const plan_question& asked) {
  return planning{asked}.run();
}

}  // namespace gatehouse::fleet
