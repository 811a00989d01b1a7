#include <gatehouse/shard/shard.hpp>

#include <utility>

/// The part of a shard that concerns its stored session.
namespace gatehouse::shard {
namespace {

storage::guild_presence to_stored(events::guild_cache::presence known) {
  switch (known) {
    case events::guild_cache::presence::loading:
      return storage::guild_presence::loading;
    case events::guild_cache::presence::present:
      return storage::guild_presence::present;
    case events::guild_cache::presence::gone:
      break;
  }
  return storage::guild_presence::gone;
}

storage::guild_changes to_stored(const events::guild_cache::changes& changes) {
  storage::guild_changes stored{changes.is_complete, {}};
  stored.guilds.reserve(changes.guilds.size());
  for (const auto& each : changes.guilds) {
    stored.guilds.push_back({each.guild_id, to_stored(each.now)});
  }
  return stored;
}

}  // namespace

/// While something of a lost session is neither delivered nor on disk, its end least of all
/// (GATEHOUSE_GAP), what is stored stays: a start then tries to resume it, loses it again, and
/// tells.
bool shard::has_unsafe_past() {
  std::erase_if(lost_, [](const auto& log) { return log->open_events() == 0; });
  const auto& held = session_.resumable();
  const bool is_lost = log_ && (!held || held->session_id != log_->session_id());
  return !lost_.empty() || (is_lost && log_->open_events() > 0);
}

std::optional<storage::session_change> shard::take_checkpoint() {
  if (has_unsafe_past()) return std::nullopt;
  const auto& held = session_.resumable();
  if (!held || !log_ || held->session_id != log_->session_id()) {
    // Before the first session there is nothing to take away.
    if (!std::exchange(handed_out_, std::nullopt)) return std::nullopt;
    return storage::session_change{shard_id_, std::nullopt, {}};
  }
  storage::session_position position{total_shards_, intents_, held->session_id, held->resume_url,
                                     log_->safe_seq()};
  auto guilds = log_->guilds().take_changes(position.seq);
  const bool is_news = handed_out_ != position || guilds.is_complete || !guilds.guilds.empty();
  if (!is_news) return std::nullopt;
  handed_out_ = position;
  return storage::session_change{shard_id_, std::move(position), to_stored(guilds)};
}

void shard::on_checkpoint(const storage::session_change& stored, bool is_saved) {
  if (!is_saved) return forget_checkpoint();
  const bool is_current =
      stored.position && log_ && stored.position->session_id == log_->session_id();
  if (is_current) stored_seq_ = stored.position->seq;
}

void shard::forget_checkpoint() {
  if (log_) log_->guilds().forget_saved();
  handed_out_ = storage::session_position{};
}

}  // namespace gatehouse::shard
