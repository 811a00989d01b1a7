#pragma once

#include <gatehouse/gateway/session.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::shard {

/// A copy of what a shard looks like at one moment, for other threads.
struct shard_status {
  int shard_id = 0;
  int generation = 0;
  int total_shards = 1;
  bool serves = true;  ///< false: of a generation that is not heard, while resharding
  gateway::shard_state state = gateway::shard_state::offline;
  std::optional<runtime::milliseconds> rtt;
  std::string session_id;              ///< empty: none held
  std::int64_t received_seq = 0;       ///< newest
  std::int64_t safe_seq = 0;           ///< up to here everything is delivered
  std::uint64_t dispatches = 0;        ///< received since the start of the process
  std::uint64_t stale_dispatches = 0;  ///< of these: repeated by Discord, not forwarded
  std::uint64_t connections = 0;       ///< opened since the start
  std::uint64_t bytes_received = 0;    ///< from Discord since the start, as they came
  std::uint64_t bytes_sent = 0;
  std::uint64_t gaps = 0;              ///< sessions lost
  std::size_t guilds = 0;              ///< known, those that still load included
  std::size_t loading_guilds = 0;      ///< of them
  std::size_t outgoing = 0;            ///< frames waiting for the send limit
  std::uint64_t commands_sent = 0;     ///< since the start
  std::uint64_t commands_dropped = 0;  ///< accepted, but the shard was stopped before they went out
  std::uint64_t deaf_alarms = 0;       ///< how often it was found connected but delivering nothing
  std::uint64_t unreadable_payloads = 0;   ///< came whole, could not be parsed
  gateway::reconnect_counts reconnects{};  ///< by cause, since the start
};

}  // namespace gatehouse::shard
