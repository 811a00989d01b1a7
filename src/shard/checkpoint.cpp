#include <gatehouse/shard/shard.hpp>

#include <spdlog/spdlog.h>

#include <bit>
#include <string>
#include <string_view>
#include <utility>

/// The part of a shard that concerns what becomes of its sessions.
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

/// What the handler is told in its place; lines about it have it as a member.
constexpr std::string_view gap_event = "GATEHOUSE_GAP";

}  // namespace

void shard::begin_session(const gateway::resume_point& session, std::int64_t safe_seq,
                          events::guild_cache guilds) {
  events::session_log_ptr begun = new events::session_log(shard_id_, session.session_id, safe_seq,
                                                          std::move(guilds), total_shards_);
  if (log_) lost_.push_back(log_);
  log_ = std::move(begun);
  stored_seq_ = 0;
}

/// What came after the session's last event is lost, and the handler has to know.
void shard::tell_gap(const gateway::session_lost& lost) {
  if (is_silent()) return;
  ++gaps_;
  tell(config::log_level::warn,
       "session lost after seq " + std::to_string(lost.last_seq) + ": " + lost.reason,
       {{telemetry::log_field::seq, lost.last_seq}, {telemetry::log_field::event, gap_event}});
  if (!log_) return;
  services_.pipeline.handle_gap(log_, {lost.last_seq, lost.reason, body_prefix_},
                                runtime::clock::now());
}

/// The gap has the number of what is missing, so that the safe position does not pass it before it
/// is delivered: after a kill Discord repeats what is around it, and it is told again.
void shard::tell_unreadable(const gateway::events_unreadable& missing) {
  if (!log_ || is_silent()) return;
  const std::string which = missing.first == missing.last ? std::to_string(missing.first)
                                                          : std::to_string(missing.first) + " to " +
                                                                std::to_string(missing.last);
  if (std::has_single_bit(unreadable_payloads_)) {
    tell(config::log_level::error, "seq " + which + " could not be read and is lost",
         {{telemetry::log_field::seq, missing.first}, {telemetry::log_field::event, gap_event}});
  }
  services_.pipeline.handle_gap(
      log_, {missing.first - 1, "seq " + which + " could not be read", body_prefix_, missing.last},
      runtime::clock::now());
}

bool shard::is_silent() const {
  return services_.tap != nullptr && services_.tap->is_silent(key());
}

/// Where memory gave out as READY came, the session had no log yet.
void shard::match_log() {
  const auto& held = session_.resumable();
  if (!held || (log_ && log_->session_id() == held->session_id)) return;
  begin_session(*held, held->seq, {});
}

/// While something of a lost session is neither delivered nor on disk, its end least of all
/// (GATEHOUSE_GAP), what is stored stays: a start then tries to resume it, loses it again, and
/// tells.
bool shard::has_unsafe_past() {
  std::erase_if(lost_, [](const auto& log) { return log->open_events() == 0; });
  const auto& held = session_.resumable();
  const bool is_lost = log_ && (!held || held->session_id != log_->session_id());
  return !lost_.empty() || (is_lost && log_->open_events() > 0);
}

std::optional<storage::session_position> shard::position_now() const {
  const auto& held = session_.resumable();
  if (!held || !log_ || held->session_id != log_->session_id()) return std::nullopt;
  return storage::session_position{total_shards_, intents_, held->session_id, held->resume_url,
                                   log_->safe_seq()};
}

std::optional<storage::session_position> shard::safe_position() {
  return has_unsafe_past() ? std::nullopt : position_now();
}

std::optional<storage::session_change> shard::take_checkpoint() {
  if (has_unsafe_past()) return std::nullopt;
  auto position = position_now();
  if (!position) {
    // Before the first session there is nothing to take away.
    if (!std::exchange(handed_out_, std::nullopt)) return std::nullopt;
    return storage::session_change{shard_id_, std::nullopt, {}};
  }
  auto guilds = log_->guilds().take_changes(position->seq);
  const bool is_news = handed_out_ != position || guilds.is_complete || !guilds.guilds.empty();
  if (!is_news) return std::nullopt;
  handed_out_ = position;
  return storage::session_change{shard_id_, std::move(position), to_stored(guilds)};
}

bool shard::on_checkpoint(const storage::session_change& stored, bool is_saved) {
  if (!is_saved) {
    forget_checkpoint();
    return false;
  }
  const bool is_current =
      stored.position && log_ && stored.position->session_id == log_->session_id();
  if (is_current) stored_seq_ = stored.position->seq;
  return is_current;
}

void shard::forget_checkpoint() {
  if (log_) log_->guilds().forget_saved();
  handed_out_ = storage::session_position{};
}

}  // namespace gatehouse::shard
