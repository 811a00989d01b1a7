#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/fleet/agent.hpp>

#include <string>

namespace gatehouse::cluster {

/// What `[cluster]` and the machine come to. Throws std::runtime_error where the host has no name
/// that can be a member's.
fleet::agent_settings make_fleet_settings(const config::settings& chosen,
                                          const std::string& version);

}  // namespace gatehouse::cluster
