#pragma once

#include "verdict.hpp"

#include <gatehouse/cluster/control.hpp>
#include <gatehouse/delivery/drop_log.hpp>
#include <gatehouse/delivery/handler_health.hpp>
#include <gatehouse/gateway/reconnect_cause.hpp>
#include <gatehouse/gateway/session.hpp>

#include <array>
#include <string_view>

/// How the admin interface spells what the daemon enumerates.
namespace gatehouse::admin {

std::string_view name_of(gateway::shard_state state) noexcept;
std::string_view name_of(delivery::drop_reason reason) noexcept;
std::string_view name_of(delivery::health_state state) noexcept;
std::string_view name_of(cluster::reshard_progress::phase phase) noexcept;
std::string_view name_of(gateway::reconnect_cause cause) noexcept;
std::string_view name_of(verdict::level level) noexcept;

inline constexpr std::array all_shard_states{
    gateway::shard_state::connected,    gateway::shard_state::connecting,
    gateway::shard_state::disconnected, gateway::shard_state::unidentified,
    gateway::shard_state::identifying,  gateway::shard_state::resuming,
    gateway::shard_state::offline};

inline constexpr std::array all_reshard_phases{
    cluster::reshard_progress::phase::idle,      cluster::reshard_progress::phase::identifying,
    cluster::reshard_progress::phase::loading,   cluster::reshard_progress::phase::overlapping,
    cluster::reshard_progress::phase::switching, cluster::reshard_progress::phase::closing};

}  // namespace gatehouse::admin
