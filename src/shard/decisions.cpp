#include <gatehouse/gateway/command_check.hpp>
#include <gatehouse/shard/shard.hpp>

/// Where a library may decide for a shard.
namespace gatehouse::shard {

std::string shard::choose_presence() const {
  if (services_.decisions == nullptr) return presence_;
  auto chosen = services_.decisions->presence({shard_id_, total_shards_, presence_});
  if (chosen.empty() || chosen == presence_) return chosen;
  auto checked = gateway::check_presence(chosen);
  if (checked.error.empty()) return std::move(checked.text);
  services_.decisions->reject(controllers::hook::presence, checked.error);
  return presence_;
}

gateway::session::planned_beat shard::choose_beat(
    const gateway::session::planned_beat& proposed) const {
  std::optional<std::int64_t> newest;
  if (const auto& held = session_.resumable()) newest = held->seq;
  const auto chosen =
      services_.decisions->heartbeat({shard_id_, proposed.seq, newest, proposed.next});
  return {chosen.seq, chosen.next};
}

}  // namespace gatehouse::shard
