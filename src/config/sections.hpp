#pragma once

#include <gatehouse/config/definition.hpp>

#include <span>

/// The parts of the key table, in the order of the documentation.
namespace gatehouse::config {

std::span<const definition> discord_rows();     ///< discord, discord.properties
std::span<const definition> connection_rows();  ///< rest, gateway
std::span<const definition> handler_rows();     ///< handlers
std::span<const definition> event_rows();       ///< events, events.route
std::span<const definition> nats_rows();        ///< nats
std::span<const definition> cluster_rows();     ///< cluster
std::span<const definition> queue_rows();       ///< queue, interactions
std::span<const definition> operation_rows();   ///< state, resharding, admin, log, controllers

}  // namespace gatehouse::config
