#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace gatehouse::sim {

/// Where READY's resume_gateway_url points.
enum class resume_target {
  same_port,    ///< the gateway's own address
  second_port,  ///< a second listener: shows whether a client really uses the resume URL
  dead_port,    ///< nothing listens there: a client has to fall back to the main URL
};

/// What becomes of a session's connection when another one resumes it. Which of them is Discord's
/// is not documented, so that whoever moves sessions about has to be right with each.
enum class resume_policy {
  replace,      ///< the earlier connection is closed with 4000
  keep,         ///< it stays open, and both get every event under the same `s`
  refuse_live,  ///< op 9 false, as long as the earlier one is open; the session lives on
};

/// How the simulated Discord behaves. The defaults are Discord's own limits
/// (discord-api-docs: gateway, Rate Limiting and Sharding).
struct sim_options {
  // Listeners. Port 0 lets the operating system choose.
  std::string address = "127.0.0.1";
  std::uint16_t gateway_port = 0;
  std::uint16_t rest_port = 0;
  bool gateway_tls = false;
  bool rest_tls = false;
  resume_target resume = resume_target::same_port;
  std::string named_gateway{};  ///< what REST and READY tell in place of its own URL; empty: that
  resume_policy on_resume = resume_policy::replace;

  // Who may connect.
  std::string token = "sim-token";            ///< accepted with and without "Bot "; empty: any
  std::string rest_authorization{};           ///< exact Authorization header; empty: not checked
  std::uint64_t allowed_intents = 0x331FFFF;  ///< others close with 4014
  std::uint32_t recommended_shards = 1;       ///< `shards` of /gateway/bot
  std::uint32_t shard_multiple = 1;           ///< large bots: other shard counts close with 4010
  std::uint32_t max_guilds_per_shard = 2500;  ///< more close with 4011

  // Limits.
  std::uint32_t max_concurrency = 1;
  runtime::milliseconds identify_window{5000};  ///< one identify per bucket in this time
  std::uint32_t session_starts = 1000;          ///< identifies in all before the token is reset
  runtime::milliseconds session_starts_reset_after{86'400'000};
  std::size_t max_sends = 120;
  runtime::milliseconds send_window{60'000};
  std::size_t max_presences = 5;
  runtime::milliseconds presence_window{20'000};
  runtime::milliseconds member_request_window{30'000};  ///< full op 8 requests of one guild

  // Sessions.
  runtime::milliseconds heartbeat_interval{41'250};
  std::uint16_t missed_heartbeat_close_code = 4009;  ///< after 1.75 intervals without a heartbeat
  runtime::milliseconds session_lifetime{180'000};   ///< without a connection
  std::size_t replay_events = 20'000;                ///< kept per session for resumes
  bool trim_replay_by_heartbeat = false;        ///< drop what is not newer than the heartbeat's `d`
  std::size_t max_pending_bytes = 256U << 20U;  ///< a client that reads slower is cut off
  int compression_level = 1;

  // The world.
  std::uint32_t guilds = 10;
  std::uint32_t guild_create_bytes = 8192;
  std::uint32_t members_per_guild = 100;
  std::uint64_t seed = 1;

  // Traffic. A session's delay is drawn from the range once; order within a session is kept.
  double events_per_second = 0;
  std::string event_type{};  ///< every event is one of these; empty: the usual mix
  runtime::milliseconds delivery_delay_min{0};
  runtime::milliseconds delivery_delay_max{0};
  /// Each session has its own order of keys, and its own signatures in the URLs of files.
  bool vary_copies = false;

  // Interaction callbacks.
  runtime::milliseconds callback_latency{0};
  runtime::milliseconds interaction_deadline{3000};

  // Faults and records.
  runtime::milliseconds chaos_interval{0};  ///< mean time between random faults; 0: none
  bool record_events = true;                ///< fill the event registry (16 bytes per event)
  std::size_t max_records = 100'000;  ///< kept identifies, commands, callbacks, violations each
};

}  // namespace gatehouse::sim
