#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <optional>

namespace gatehouse::sim {

enum class fault_kind {
  // These strike live connections.
  reset,              ///< TCP reset, no close frame
  reconnect,          ///< op 7
  invalid_session,    ///< op 9 with `resumable`; false also ends the session
  close,              ///< close frame with `close_code`
  stop_acks,          ///< heartbeats are no longer acknowledged, events go on
  silence,            ///< nothing is sent any more
  corrupt_frame,      ///< a binary frame no decompressor accepts
  unreadable_event,   ///< a dispatch that is no JSON, in place of an event
  request_heartbeat,  ///< op 1
  // These wait for the next `times` connections, or resumes.
  refuse_connection,           ///< reset right after accept
  slow_hello,                  ///< Hello comes after `delay`
  reconnect_instead_of_hello,  ///< op 7 and no Hello
  close_instead_of_hello,      ///< close frame with `close_code` and no Hello
  refuse_resume,               ///< op 9 with `resumable` instead of replay
};

struct fault {
  fault_kind kind = fault_kind::reset;
  std::optional<std::uint32_t> shard{};  ///< nothing: every shard
  std::uint32_t times = 1;               ///< for the waiting kinds
  std::uint16_t close_code = 4000;
  bool resumable = false;
  runtime::milliseconds delay{0};

  /// When a live connection is struck: at once unless one of these is set.
  std::optional<std::uint64_t> at_event{};         ///< the session's n-th event
  std::optional<runtime::milliseconds> at_time{};  ///< after the simulator's start
};

enum class rest_route { any, gateway_bot, callback };
enum class rest_fault_kind {
  status,  ///< answer with `status`; 429 carries retry_after
  hang,    ///< never answer
  reset,   ///< TCP reset
};

/// Strikes the next `times` REST requests of the route.
struct rest_fault {
  rest_fault_kind kind = rest_fault_kind::status;
  rest_route route = rest_route::any;
  std::uint32_t times = 1;
  unsigned status = 500;
  double retry_after_seconds = 1.0;
};

}  // namespace gatehouse::sim
