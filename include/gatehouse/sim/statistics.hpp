#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::sim {

/// What a client did that Discord forbids.
enum class violation_kind {
  identify_rate,          ///< two identifies in one bucket within the window: op 9 false
  session_start_limit,    ///< no session starts left: 4004
  send_rate,              ///< 4008
  payload_size,           ///< 4002
  decode,                 ///< 4002
  unknown_opcode,         ///< 4001
  not_authenticated,      ///< 4003
  authentication_failed,  ///< 4004
  already_authenticated,  ///< 4005
  invalid_seq,            ///< 4007
  missed_heartbeat,       ///< 4009
  invalid_shard,          ///< 4010
  sharding_required,      ///< 4011
  invalid_version,        ///< 4012
  invalid_intents,        ///< 4013
  disallowed_intents,     ///< 4014
  presence_rate,          ///< silently dropped
  after_invalid_session,  ///< something other than identify or resume after op 9
  malformed_id,           ///< a snowflake that is none: op 9 false
  websocket,              ///< RFC 6455 violated
  slow_reader,            ///< more than max_pending_bytes waiting: cut off
  callback,               ///< a refused interaction callback
};
std::string_view to_string(violation_kind kind) noexcept;

struct violation {
  violation_kind kind{};
  std::optional<std::uint32_t> shard_id{};
  std::string text{};
};

struct identify_record {
  runtime::time_point at{};
  std::uint32_t shard_id = 0;
  std::uint32_t shard_count = 1;
  std::uint32_t bucket = 0;  ///< shard_id mod max_concurrency
  std::uint64_t intents = 0;
  bool accepted = false;
  std::string session_id{};  ///< empty when not accepted
  std::string presence{};    ///< as it came; empty: none
};

struct resume_record {
  runtime::time_point at{};
  std::uint32_t shard_id = 0;  ///< 0 for an unknown session
  std::string session_id{};
  std::uint64_t seq = 0;
  bool accepted = false;
  std::uint64_t replayed = 0;
  bool on_second_port = false;
};

/// A payload other than heartbeat, identify and resume.
struct command_record {
  runtime::time_point at{};
  std::uint32_t shard_id = 0;
  std::int64_t op = 0;
  std::string text{};
};

struct callback_record {
  runtime::time_point at{};
  std::uint64_t interaction_id = 0;
  std::string token{};
  int interaction_type = 0;  ///< 0: unknown interaction
  int callback_type = 0;
  runtime::milliseconds age{0};  ///< since the event was sent
  unsigned status = 0;           ///< what was answered
  std::string body{};
};

struct session_statistics {
  std::string session_id{};
  std::uint32_t shard_id = 0;
  std::uint32_t shard_count = 1;
  bool connected = false;
  std::uint64_t seq = 0;
  std::uint64_t events = 0;  ///< dispatches numbered so far, replays not counted again
  std::uint64_t heartbeats = 0;
  std::optional<std::uint64_t> last_heartbeat_seq{};
};

/// One shard over all its sessions: what a client that moves or replaces them is judged by.
struct shard_presence {
  std::uint32_t shard_id = 0;
  std::uint32_t shard_count = 1;
  int live_sessions = 0;                 ///< connected at this moment
  int most_live_sessions = 0;            ///< ever at once
  runtime::milliseconds longest_gap{0};  ///< without any, from one connection to the next
  runtime::milliseconds away{0};         ///< without any, until now
};

/// A consistent copy of what has happened so far.
struct statistics {
  std::uint64_t connections = 0;  ///< accepted, before any protocol
  std::uint64_t second_port_connections = 0;
  std::uint64_t open_connections = 0;
  std::uint64_t hellos = 0;
  std::uint64_t identifies_accepted = 0;
  std::uint64_t resumes_accepted = 0;
  std::uint64_t resumes_refused = 0;
  std::uint64_t session_starts_remaining = 0;
  std::uint64_t heartbeats = 0;
  std::uint64_t events = 0;  ///< dispatches numbered, over all sessions
  std::uint64_t replayed = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t pending_bytes = 0;  ///< queued for clients at the last change
  std::uint64_t flood_remaining = 0;
  std::uint64_t faults_struck = 0;
  std::uint64_t gateway_bot_requests = 0;
  std::uint64_t records_dropped = 0;                       ///< beyond max_records
  std::map<std::uint16_t, std::uint64_t> client_closes{};  ///< by code; 1006: without close frame
  std::vector<identify_record> identifies{};
  std::vector<resume_record> resumes{};
  std::vector<violation> violations{};
  std::vector<command_record> commands{};
  std::vector<callback_record> callbacks{};
  std::vector<session_statistics> sessions{};
  std::vector<shard_presence> shards{};

  [[nodiscard]] std::size_t violation_count(violation_kind kind) const noexcept;
  [[nodiscard]] std::size_t connected_sessions() const noexcept;
};

/// One JSON object; lists are given as counts except violations, sessions and shards.
std::string to_json(const statistics& numbers);

}  // namespace gatehouse::sim
