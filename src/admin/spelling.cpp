#include "spelling.hpp"

#include <array>

namespace gatehouse::admin {

std::string_view name_of(gateway::shard_state state) noexcept {
  switch (state) {
    case gateway::shard_state::connected:
      return "connected";
    case gateway::shard_state::connecting:
      return "connecting";
    case gateway::shard_state::disconnected:
      return "disconnected";
    case gateway::shard_state::unidentified:
      return "unidentified";
    case gateway::shard_state::identifying:
      return "identifying";
    case gateway::shard_state::resuming:
      return "resuming";
    case gateway::shard_state::offline:
      break;
  }
  return "offline";
}

std::string_view name_of(verdict::level level) noexcept {
  switch (level) {
    case verdict::level::well:
      return "well";
    case verdict::level::busy:
      return "busy";
    case verdict::level::bad:
      break;
  }
  return "bad";
}

std::string_view name_of(delivery::drop_reason reason) noexcept {
  switch (reason) {
    case delivery::drop_reason::queue_full:
      return "queue_full";
    case delivery::drop_reason::too_old:
      return "too_old";
    case delivery::drop_reason::token_expired:
      break;
  }
  return "token_expired";
}

std::string_view name_of(delivery::health_state state) noexcept {
  switch (state) {
    case delivery::health_state::up:
      return "up";
    case delivery::health_state::down:
      return "down";
    case delivery::health_state::probing:
      break;
  }
  return "probing";
}

std::string_view name_of(cluster::reshard_progress::phase phase) noexcept {
  switch (phase) {
    case cluster::reshard_progress::phase::idle:
      return "idle";
    case cluster::reshard_progress::phase::identifying:
      return "identifying";
    case cluster::reshard_progress::phase::loading:
      return "loading";
    case cluster::reshard_progress::phase::overlapping:
      return "overlapping";
    case cluster::reshard_progress::phase::switching:
      return "switching";
    case cluster::reshard_progress::phase::closing:
      break;
  }
  return "closing";
}

std::string_view name_of(gateway::reconnect_cause cause) noexcept {
  static constexpr std::array<std::string_view, gateway::reconnect_cause_count> names{
      "network",    "connect_failed", "zombie",     "op_7",       "op_9",       "timeout",
      "unreadable", "asked",          "close_4000", "close_4001", "close_4002", "close_4003",
      "close_4005", "close_4006",     "close_4007", "close_4008", "close_4009", "close_other"};
  return names[static_cast<std::size_t>(cause)];
}

}  // namespace gatehouse::admin
