#include <gatehouse/cluster/status_board.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::cluster {
namespace {

constexpr std::size_t listed_shards = 20;

std::string describe_missing(const std::vector<int>& shard_ids, std::size_t total) {
  std::string text =
      std::to_string(shard_ids.size()) + " of " + std::to_string(total) + " shards not connected:";
  for (std::size_t i = 0; i < std::min(shard_ids.size(), listed_shards); ++i) {
    text += (i == 0 ? " " : ", ") + std::to_string(shard_ids[i]);
  }
  if (shard_ids.size() > listed_shards) text += ", …";
  return text;
}

}  // namespace

void status_board::set_phase(std::string phase) {
  const std::lock_guard lock{mutex_};
  phase_ = std::move(phase);
}

void status_board::expect_shards(const std::vector<int>& shard_ids) {
  const std::lock_guard lock{mutex_};
  std::map<int, gateway::shard_state> kept;
  for (const int id : shard_ids) {
    const auto known = states_.find(id);
    kept[id] = known == states_.end() ? gateway::shard_state::offline : known->second;
  }
  std::erase_if(away_since_, [&kept](const auto& each) { return !kept.contains(each.first); });
  for (const auto& [id, state] : kept) note(id, state);
  states_ = std::move(kept);
  count();
  phase_.clear();
}

void status_board::set_state(int shard_id, gateway::shard_state state) {
  const std::lock_guard lock{mutex_};
  const auto known = states_.find(shard_id);
  if (known == states_.end()) return;
  const auto before = std::exchange(known->second, state);
  if (before == gateway::shard_state::connected) --connected_;
  if (state == gateway::shard_state::connected) ++connected_;
  note(shard_id, state);
}

void status_board::replace_shards(const std::vector<int>& shard_ids, gateway::shard_state state) {
  const std::lock_guard lock{mutex_};
  states_.clear();
  away_since_.clear();
  for (const int id : shard_ids) {
    states_[id] = state;
    note(id, state);
  }
  count();
}

void status_board::note(int shard_id, gateway::shard_state state) {
  if (state == gateway::shard_state::connected) {
    away_since_.erase(shard_id);
  } else {
    away_since_.try_emplace(shard_id, runtime::clock::now());
  }
}

std::vector<absence> status_board::absences() const {
  const std::lock_guard lock{mutex_};
  std::vector<absence> away;
  away.reserve(away_since_.size());
  for (const auto& [id, since] : away_since_) away.push_back({id, states_.at(id), since});
  return away;
}

std::map<int, gateway::shard_state> status_board::states() const {
  const std::lock_guard lock{mutex_};
  return states_;
}

readiness status_board::check() const {
  const std::lock_guard lock{mutex_};
  readiness result;
  if (!phase_.empty()) result.missing.push_back(phase_);
  std::vector<int> not_connected;
  for (const auto& [id, state] : states_) {
    if (state != gateway::shard_state::connected) not_connected.push_back(id);
  }
  if (!not_connected.empty()) {
    result.missing.push_back(describe_missing(not_connected, states_.size()));
  }
  result.ready = result.missing.empty();
  return result;
}

shard_progress status_board::progress() const {
  const std::lock_guard lock{mutex_};
  return {connected_, states_.size()};
}

/// Afterwards kept up to date with every change: a mass reconnect asks for it each time.
void status_board::count() {
  connected_ =
      static_cast<std::size_t>(std::count_if(states_.begin(), states_.end(), [](const auto& entry) {
        return entry.second == gateway::shard_state::connected;
      }));
}

}  // namespace gatehouse::cluster
