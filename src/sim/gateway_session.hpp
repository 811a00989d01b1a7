#pragma once

#include "limits.hpp"
#include "simulation.hpp"

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/sim/fault.hpp>

#include <simdjson.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::sim {

struct identify_request;  // what an Identify asks for, checked

/// What the protocol asks of the connection that carries it.
class connection_port {
 public:
  virtual ~connection_port() = default;
  /// Compressed as agreed on, framed, and queued.
  virtual void send(std::string_view payload) = 0;
  /// A binary frame of bytes no decompressor accepts.
  virtual void send_garbage() = 0;
  /// Close frame after what is queued; then waits a little for the client's.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  virtual void reset() = 0;
  virtual void after(runtime::duration delay, std::function<void()> action) = 0;
  virtual void hold(bool held) = 0;  ///< while held, everything is queued
  [[nodiscard]] virtual bool held() const = 0;
  [[nodiscard]] virtual std::size_t pending_bytes() const = 0;
};

/// The gateway protocol as one connection speaks it: hello, identify or resume, heartbeats,
/// commands (discord-api-docs: gateway). An independent reading, sharing nothing with the daemon's.
class gateway_session {
 public:
  gateway_session(simulation& shared, connection_port& port, bool on_second_port)
      : shared_(shared),
        port_(port),
        on_second_port_(on_second_port),
        sends_(shared.options.max_sends, shared.options.send_window),
        presences_(shared.options.max_presences, shared.options.presence_window) {}
  gateway_session(const gateway_session&) = delete;
  gateway_session& operator=(const gateway_session&) = delete;

  /// The WebSocket is open. A version other than 10 is refused with 4012.
  void opened(runtime::time_point now, std::string_view version);
  void received(std::string_view text, runtime::time_point now);
  /// Closes when heartbeats fail to come.
  void check(runtime::time_point now);
  /// The connection is gone: with the code of the client's close frame, or without one.
  void closed(std::optional<std::uint16_t> client_code, runtime::time_point now);
  /// The client's bytes are not WebSocket, or it reads too slowly.
  void violate(violation_kind kind, std::string text);

  void deliver(std::string_view payload);
  void strike(const fault& what);
  void hold(bool held) { port_.hold(held); }
  [[nodiscard]] std::size_t pending_bytes() const { return port_.pending_bytes(); }
  /// The session this connection speaks for; null before READY and after its end.
  [[nodiscard]] const session* current() const noexcept { return session_; }

 private:
  enum class state {
    opening,       ///< Hello is not sent yet
    unidentified,  ///< waits for identify or resume
    live,
    invalidated,  ///< op 9 was sent: only identify or resume may follow
    closed,
  };
  using element = simdjson::dom::element;

  void hello();
  void answer(std::int64_t op, const element& d, std::string_view text, runtime::time_point now);
  void heartbeat(const element& d, runtime::time_point now);

  // gateway_identify.cpp
  void identify(const element& d, runtime::time_point now);
  bool check_identify(const element& d, identify_request& request);
  bool admit_identify(const identify_request& request, runtime::time_point now);
  void begin_session(const identify_request& request, runtime::time_point now);
  void send_ready();
  void resume(const element& d, runtime::time_point now);
  void refuse_resume(resume_record record, bool resumable, bool end_session);
  void replay(session& resumed, std::uint64_t seq, resume_record record);

  // gateway_commands.cpp
  void command(std::int64_t op, const element& d, runtime::time_point now);
  void update_voice_state(const element& d);
  void request_members(const element& d, runtime::time_point now);
  void send_member_chunks(std::uint64_t guild_id, const element& d);
  void request_soundboard_sounds(const element& d);
  void request_channel_info(const element& d);
  [[nodiscard]] bool covers(std::uint64_t guild_id) const;

  [[nodiscard]] bool token_matches(std::string_view token) const;
  [[nodiscard]] std::optional<std::uint32_t> shard() const;
  /// Counts the violation and closes; codes that end a session end it.
  void fail(violation_kind kind, std::uint16_t code, std::string_view reason);
  void close(std::uint16_t code, std::string_view reason);
  void send(std::string_view payload);
  void send_invalid_session(bool resumable);
  void end(session& ended);
  void detach(runtime::time_point now);

  simulation& shared_;
  connection_port& port_;
  bool on_second_port_;
  state state_ = state::opening;
  session* session_ = nullptr;
  simdjson::dom::parser parser_;
  sliding_window sends_;
  sliding_window presences_;
  runtime::time_point last_heartbeat_at_;
  std::optional<runtime::time_point> last_check_;
  bool acknowledges_ = true;
  bool silent_ = false;
};

}  // namespace gatehouse::sim
