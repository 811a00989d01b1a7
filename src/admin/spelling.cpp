#include "spelling.hpp"

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

std::string_view name_of(delivery::drop_reason reason) noexcept {
  switch (reason) {
    case delivery::drop_reason::memory:
      return "memory";
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

}  // namespace gatehouse::admin
