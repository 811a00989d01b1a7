#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/nats/engine.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <memory>

namespace gatehouse::nats {

/// The engine that speaks to the servers of `[nats]`, by libnats on threads of its own: none of its
/// calls waits for a server. It connects in the background, again and again; calls meanwhile are
/// answered with `not_connected`. Its end waits for an attempt to connect that is under way
/// (`nats.timeout_ms`, 5 s at most).
std::unique_ptr<engine> connect(const config::nats_settings& settings,
                                const telemetry::logger& log);

}  // namespace gatehouse::nats
