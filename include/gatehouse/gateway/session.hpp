#pragma once

#include <gatehouse/gateway/backoff.hpp>
#include <gatehouse/gateway/close_code.hpp>
#include <gatehouse/gateway/envelope.hpp>
#include <gatehouse/gateway/heartbeat.hpp>
#include <gatehouse/gateway/reconnect_cause.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/runtime/random.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// The life of one shard's session as a pure state machine: events and `now` go in, actions come
/// out. It owns no socket, no timer and no clock; `shard::shard` performs the actions.
namespace gatehouse::gateway {

using runtime::time_point;

/// The numbers are those that discordeno and the admin API use.
enum class shard_state : int {
  connected = 0,     ///< READY or RESUMED received
  connecting = 1,    ///< opening the socket, or waiting for Hello
  disconnected = 2,  ///< waiting to reconnect
  unidentified = 3,  ///< waiting for leave to identify
  identifying = 4,   ///< Identify sent
  resuming = 5,      ///< Resume sent
  offline = 6,       ///< stopped, or refused by Discord for good
};

/// What survives a lost connection, and with `seq` at the safe position also a restart.
struct resume_point {
  std::string session_id;
  std::string resume_url;  ///< as READY gave it, without query
  std::int64_t seq = 0;
  bool operator==(const resume_point&) const = default;
};

struct session_config {
  int shard_id = 0;
  int total_shards = 1;
  std::string token;  ///< bare
  std::uint64_t intents = 0;
  int large_threshold = 50;
  std::string os, browser, device;
  std::string presence;     ///< JSON object or empty
  std::string gateway_url;  ///< for new sessions, and where the resume URL keeps failing
  std::string query;        ///< `?v=10&encoding=json…`, the same for every connection
};

// ---- what the machine asks for ----

/// Open a WebSocket to this URL (query included) and report on_connected or on_connect_failed.
struct open_connection {
  std::string url;
  bool operator==(const open_connection&) const = default;
};
enum class send_priority { heartbeat, requested_heartbeat, session };
/// Send this text frame. Heartbeats of the schedule bypass the send limit; session = Identify and
/// Resume.
struct send_text {
  std::string text;
  send_priority priority;
  bool operator==(const send_text&) const = default;
};
/// Close the WebSocket, or give up opening it, with this code. Nothing is to be reported of this
/// connection any more: neither on_disconnected, on_connected, on_connect_failed nor payloads.
struct close_connection {
  std::uint16_t code;
  bool operator==(const close_connection&) const = default;
};
/// Ask the identify gate for leave; on_identify_allowed answers.
struct request_identify {
  bool operator==(const request_identify&) const = default;
};
/// Identify has been handed to the socket: the gate counts its spacing from here.
struct identify_sent {
  bool operator==(const identify_sent&) const = default;
};
/// Leave was asked for or granted but will not be used now: the gate may pass it on.
struct identify_abandoned {
  bool operator==(const identify_abandoned&) const = default;
};
/// READY: a new session. Its events, READY included, follow with seq from 1.
struct session_started {
  resume_point session;
  bool operator==(const session_started&) const = default;
};
/// RESUMED: everything missed has been replayed.
struct session_resumed {
  bool operator==(const session_resumed&) const = default;
};
/// The session cannot be resumed: what came after `last_seq` is lost.
struct session_lost {
  std::string session_id;
  std::int64_t last_seq;
  std::string reason;
  bool operator==(const session_lost&) const = default;
};
/// The events of these numbers could not be read; the session goes on behind them.
struct events_unreadable {
  std::int64_t first;
  std::int64_t last;
  bool operator==(const events_unreadable&) const = default;
};
/// Discord refuses this shard for good; the shard is offline.
struct session_refused {
  std::uint16_t code;
  bool operator==(const session_refused&) const = default;
};
enum class note_level { debug, info, warning, error };
/// Something worth a log line. Never contains the token.
struct note {
  note_level level;
  std::string text;
  std::uint16_t close_code = 0;  ///< where Discord has closed with one
  bool operator==(const note&) const = default;
};

using action = std::variant<open_connection, send_text, close_connection, request_identify,
                            identify_sent, identify_abandoned, session_started, session_resumed,
                            session_lost, events_unreadable, session_refused, note>;
using actions = std::vector<action>;

enum class reconnect_mode { resume, identify };

/// What to do with a dispatch that was just given to the machine.
enum class dispatch_verdict {
  forward,  ///< belongs to the session: forward it
  ignore,   ///< stale or repeated (seq not newer than what was received): drop it, counted
};

/// How long each step may take before the connection is given up. The owner has a shorter limit for
/// opening one: this one is for a report that got lost.
inline constexpr runtime::seconds opening_timeout{25};
inline constexpr runtime::seconds hello_timeout{20};
inline constexpr runtime::seconds ready_timeout{30};
/// Without any event or piece of one: a replay under way may take as long as it needs.
inline constexpr runtime::seconds resumed_timeout{60};

/// Every input appends to `out`, in the order in which the actions are to be performed. After each
/// input the owner re-arms its timer to `deadline()`; after `on_dispatch` only if that produced
/// actions. An input that does not fit the state (a late report) is ignored.
class session {
 public:
  session(session_config config, runtime::random_source random);

  /// Begins, once: resumes `from` at once where given, else asks for leave to identify.
  void start(std::optional<resume_point> from, time_point now, actions& out);
  /// Good until `until`, or for as long as Discord's bucket may be kept, whichever is shorter.
  void on_identify_allowed(time_point now, actions& out, time_point until = time_point::max());
  /// Leave that is not used yet is void; it is asked for again.
  void on_leave_withdrawn(time_point now, actions& out);

  void on_connected(time_point now, actions& out);
  void on_connect_failed(std::string_view reason, time_point now, actions& out);
  /// The peer closed, or the connection broke (no code); `how` is for the log.
  void on_disconnected(std::optional<std::uint16_t> code, std::string_view how, time_point now,
                       actions& out);

  /// Bytes have come on the current connection, and no message ended in them if
  /// `completed_a_message` is false. Never produces actions.
  void on_bytes(bool completed_a_message, time_point now) noexcept;
  /// Any payload but a dispatch. Unknown opcodes are ignored.
  void on_control(const envelope& payload, time_point now, actions& out);
  /// The hot path: op 0. Only READY, RESUMED and what follows an unreadable payload produce
  /// actions.
  dispatch_verdict on_dispatch(const envelope& payload, time_point now, actions& out);
  /// The dispatch just given could not be kept: as if it had not been received, so that a resume
  /// brings it again. To be followed by `on_disconnected`.
  void take_back(std::int64_t seq) noexcept;
  /// A frame that could not be decompressed: the stream is lost, the session is not.
  void on_corrupt_stream(std::string_view reason, time_point now, actions& out);
  /// A payload that came whole and cannot be parsed: within a session it is passed over.
  void on_unreadable(std::string_view reason, time_point now, actions& out);

  /// Call at or after `deadline()`.
  void on_timer(time_point now, actions& out);

  /// As somebody wants it: `resume` closes with 4000 and resumes, `identify` gives the session up.
  void reconnect(reconnect_mode mode, time_point now, actions& out);
  /// Stops for good. 4000 keeps the session at Discord resumable; 1000 ends it, so that it is lost.
  void stop(std::uint16_t close_code, time_point now, actions& out);

  /// Heartbeats carry this position: the highest seq up to which every event is safe. Until it is
  /// called for a session, they carry the newest seq received.
  void set_safe_seq(std::int64_t seq) noexcept;
  void set_gateway_url(std::string url);
  void set_presence(std::string presence);
  /// What a heartbeat says, and how long after it the next one comes.
  struct planned_beat {
    std::optional<std::int64_t> seq;
    runtime::milliseconds next{};
  };
  /// Asked for every heartbeat with what would be sent. Of one that Discord has asked for `next` is
  /// not used.
  using beat_chooser = std::function<planned_beat(const planned_beat& proposed)>;
  void set_beat_chooser(beat_chooser chooser) { choose_beat_ = std::move(chooser); }

  [[nodiscard]] std::optional<time_point> deadline() const noexcept;
  [[nodiscard]] shard_state state() const noexcept;
  /// The session held, with the newest seq received.
  [[nodiscard]] const std::optional<resume_point>& resumable() const noexcept { return session_; }
  /// Last heartbeat round trip.
  [[nodiscard]] std::optional<runtime::milliseconds> rtt() const noexcept { return beat_.rtt(); }
  /// When Discord last acknowledged a heartbeat.
  [[nodiscard]] std::optional<time_point> last_ack() const noexcept { return beat_.last_ack(); }
  /// As the last Hello said, or less where it is chosen so; 0 before the first. The send limit
  /// reserves room by it.
  [[nodiscard]] runtime::milliseconds heartbeat_interval() const noexcept { return beat_.pace(); }
  /// Connections given up for another one, since the start.
  [[nodiscard]] const reconnect_counts& reconnects() const noexcept { return reconnects_; }

 private:
  enum class phase {
    idle,            ///< not started
    awaiting_leave,  ///< asked the gate
    opening,         ///< asked for a connection
    awaiting_hello,
    identifying,
    resuming,
    connected,
    waiting,  ///< no connection; `step_deadline_` says when to go on
    offline,
  };
  enum class leave { none, asked, held };

  // session_payloads.cpp: what Discord says
  void on_hello(const envelope& payload, time_point now, actions& out);
  void on_invalid_session(const envelope& payload, time_point now, actions& out);
  void send_identify(time_point now, actions& out);
  bool on_ready(const envelope& payload, time_point now, actions& out);
  void on_resumed(time_point now, actions& out);
  void settle(time_point now) noexcept;
  runtime::milliseconds send_heartbeat(send_priority priority, actions& out) const;
  bool check_heartbeat(time_point now, actions& out);

  // session_reconnect.cpp: losing a connection and getting another one
  /// Closes the connection if there is one, and hands back the leave if one is asked for or held.
  void drop_connection(std::uint16_t code, actions& out);
  /// Books the loss of the connection, however it came about, before the phase changes.
  void count_loss(reconnect_cause cause, time_point now, actions& out);
  void lose_session(std::string reason, actions& out);
  /// Tries again by resume if a session is held, else by identify, not before `least`.
  void try_again(runtime::duration least, time_point now, actions& out);
  void begin_attempt(time_point now, actions& out);
  [[nodiscard]] bool may_use_resume_url() const noexcept;
  void close_and_retry(reconnect_cause cause, time_point now, actions& out);
  void count_reconnect(reconnect_cause cause) noexcept;
  void refuse(std::uint16_t code, actions& out);
  void retry_after_close(std::uint16_t code, time_point now, actions& out);
  [[nodiscard]] bool has_connection() const noexcept;
  [[nodiscard]] bool is_brick(time_point now) const noexcept;
  runtime::duration between(runtime::seconds least, runtime::seconds most);

  session_config config_;
  runtime::random_source random_;
  phase phase_ = phase::idle;
  leave leave_ = leave::none;
  time_point leave_until_{};
  /// When the current step is given up; in `waiting`: when the next one begins.
  std::optional<time_point> step_deadline_;

  std::optional<resume_point> session_;
  std::int64_t seq_before_ = 0;  ///< the newest event
  int unreadable_ = 0;           ///< payloads on this connection since the newest event
  std::optional<std::int64_t> safe_seq_;

  heartbeat beat_;
  beat_chooser choose_beat_;  ///< may be empty
  backoff backoff_;
  bool via_resume_url_ = false;  ///< the current attempt
  int resume_url_failures_ = 0;  ///< in a row
  int resumes_cut_ = 0;          ///< Resume sent, connection lost without RESUMED or an event
  time_point first_resume_cut_{};
  bool last_resume_ = false;  ///< closed with a code that permits one resume only
  reconnect_counts reconnects_{};
};

}  // namespace gatehouse::gateway
