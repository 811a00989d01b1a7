#pragma once

#include "event_factory.hpp"
#include "fault_plan.hpp"
#include "interaction_log.hpp"
#include "limits.hpp"
#include "session_store.hpp"
#include "statistics_board.hpp"

#include <gatehouse/sim/event_registry.hpp>
#include <gatehouse/sim/options.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace gatehouse::sim {

class event_hub;
class event_flood;

/// What the parts of one simulator share. Loop thread only, apart from `board` and `registry`,
/// which lock, and `options`, which never change.
struct simulation {
  explicit simulation(sim_options chosen)
      : options(std::move(chosen)),
        board(options.max_records),
        registry(std::make_shared<event_registry>()),
        factory({.seed = options.seed,
                 .guilds = options.guilds,
                 .guild_create_bytes = options.guild_create_bytes,
                 .members_per_guild = options.members_per_guild}),
        sessions(options.seed, options.replay_events),
        identify(options.max_concurrency, options.identify_window, options.session_starts),
        interactions(options.interaction_deadline),
        recommended_shards(options.recommended_shards),
        random(options.seed ^ 0xC4A05ULL) {}

  const sim_options options;
  statistics_board board;
  std::shared_ptr<event_registry> registry;
  event_factory factory;
  session_store sessions;
  fault_plan faults;
  identify_limits identify;
  interaction_log interactions;
  std::uint32_t recommended_shards;
  /// When each guild was last asked for everybody; the limit is one of the bot.
  std::unordered_map<std::uint64_t, runtime::time_point> full_member_requests;
  random_stream random;
  std::string gateway_url;
  std::string named_url;  ///< as REST tells it
  std::string resume_url;

  // Owned by the simulator, which sets them before anything runs.
  event_hub* hub = nullptr;
  event_flood* running_flood = nullptr;
};

}  // namespace gatehouse::sim
