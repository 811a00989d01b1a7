#pragma once

#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/events/pipeline.hpp>
#include <gatehouse/gateway/envelope.hpp>
#include <gatehouse/gateway/inflater.hpp>
#include <gatehouse/gateway/outbox.hpp>
#include <gatehouse/gateway/pending_requests.hpp>
#include <gatehouse/gateway/session.hpp>
#include <gatehouse/gateway/shard_key.hpp>
#include <gatehouse/gateway/silence_watch.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/net/ws_connection.hpp>
#include <gatehouse/shard/dispatch_tap.hpp>
#include <gatehouse/shard/shard_status.hpp>
#include <gatehouse/storage/session_store.hpp>
#include <gatehouse/telemetry/log_fields.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::shard {

/// What all shards of a worker share. Outlives them.
struct shard_services {
  boost::asio::any_io_executor executor;
  events::pipeline& pipeline;
  const net::tls_context& tls;
  gateway::transport_compression compression;
  telemetry::logger log;
  runtime::random_source random;
  gateway::envelope_parser parser;
  gateway::payload_buffer payloads;
  net::read_buffer reads;
  /// Sessions are stored, and heartbeats carry what is: see `take_checkpoint`.
  bool has_store = false;
  /// Sessions found deaf are resumed (`gateway.reconnect_deaf`).
  bool reconnect_deaf = false;
  gateway::answer_budget answers{};
  dispatch_tap* tap = nullptr;                              ///< only while resharding
  const controllers::decision_points* decisions = nullptr;  ///< may be null
  int worker_id = 0;                                        ///< for the log
  int serving_generation = 0;                               ///< shards of others say so in the log
};

/// What a shard tells the rest of the daemon. Called on the worker's thread.
class shard_observer {
 public:
  virtual ~shard_observer() = default;
  virtual void on_request_identify(gateway::shard_key shard) = 0;
  virtual void on_identify_sent(gateway::shard_key shard) = 0;
  virtual void on_identify_abandoned(gateway::shard_key shard) = 0;
  virtual void on_state(gateway::shard_key shard, gateway::shard_state state) = 0;
  virtual void on_refused(gateway::shard_key shard, std::uint16_t code) = 0;
  /// A new session: worth a checkpoint at once.
  virtual void on_session_started(gateway::shard_key shard) = 0;
  /// The end of a request that was under way.
  virtual void on_request_ended(gateway::shard_key shard, gateway::request_ended ended) = 0;
};

/// What has become of something that was to be sent.
struct send_result {
  enum class outcome {
    sent,           ///< on the socket
    queued,         ///< `wait`: until it goes out, if that can be said
    limited,        ///< connected, but the send limit's queue is full; `wait`: until there is room
    not_connected,  ///< and holds no session either, or the queue for the time after is full
  };
  outcome what;
  std::optional<runtime::milliseconds> wait{};
};

/// What has become of a request that was to be sent.
struct request_begun {
  enum class outcome {
    under_way,   ///< ends by `shard_observer::on_request_ended`
    not_sent,    ///< `sending` says why
    invalid,     ///< `error` says why
    name_taken,  ///< another one with this name is under way
  };
  outcome what;
  send_result sending{send_result::outcome::queued};
  std::string error{};
};

/// One live shard: performs what `gateway::session` decides. It takes no decision about Discord's
/// protocol itself.
///
/// Lives on one worker thread. May be destroyed only once its executor's context has run out of
/// work, for connections and timers refer to it.
class shard {
 public:
  /// `envelope` is the name of the payload's key in the request body (`handlers.envelope`).
  shard(gateway::session_config config, int generation, std::string_view envelope,
        shard_services& services, shard_observer& observer);
  ~shard();
  shard(const shard&) = delete;
  shard& operator=(const shard&) = delete;

  [[nodiscard]] gateway::shard_key key() const noexcept { return {shard_id_, generation_}; }

  /// Resumes `from` where given, else asks for leave to identify.
  void start(std::optional<storage::stored_session> from);
  /// The leave is good until then.
  void allow_identify(runtime::time_point until = runtime::time_point::max());
  /// Leave that is not used yet is void.
  void withdraw_leave();
  /// For events from now on: the name of the payload's key.
  void set_envelope(std::string_view envelope) {
    body_prefix_ = events::body_prefix(shard_id_, envelope);
  }
  /// For new sessions, and where the resume URL keeps failing.
  void set_gateway_url(std::string url) { session_.set_gateway_url(std::move(url)); }
  void reconnect(gateway::reconnect_mode mode);
  /// The delivery is congested no longer: reading goes on at once.
  void resume_reading();
  /// Closes the WebSocket and stays offline. 4000 keeps the session resumable, 1000 ends it.
  void stop(std::uint16_t close_code);

  // Commands and requests (commands.cpp).

  /// Sends a checked command under the send limit. While the shard is about to resume its session
  /// it is queued for afterwards; a command once accepted outlives the session, too.
  send_result send_command(std::string text, gateway::opcode op);
  /// `body` is the `d` of op 8 without `guild_id`.
  request_begun request_members(gateway::request_id id, std::uint64_t guild_id,
                                std::string_view body);
  request_begun join_voice(gateway::request_id id, std::uint64_t guild_id, std::uint64_t channel_id,
                           bool self_mute, bool self_deaf);
  [[nodiscard]] bool has_pending_requests() const noexcept { return !requests_.empty(); }
  /// A checked and complete presence: sent now, and in every Identify from now on.
  send_result set_presence(const std::string& presence);
  /// Once in a while: whether the session still delivers what it usually does.
  void watch_silence();

  /// What has to be stored so that a restart can resume from the safe position; nothing if that is
  /// what was handed out last.
  [[nodiscard]] std::optional<storage::session_change> take_checkpoint();
  /// Where the current session can be resumed; nothing if there is none.
  [[nodiscard]] std::optional<storage::session_position> position_now() const;
  /// Nothing, too, as long as that would pass over something of a session before it: see
  /// `has_unsafe_past`.
  [[nodiscard]] std::optional<storage::session_position> safe_position();
  /// How storing it went; true when a start would resume the current session now. Heartbeats carry
  /// the stored position: should Discord trim its replay by them, it keeps what a restart would ask
  /// for.
  bool on_checkpoint(const storage::session_change& stored, bool is_saved);
  /// What was stored is gone, or was never stored: the next checkpoint is complete.
  void forget_checkpoint();
  /// Something of a session that is lost is neither delivered nor on disk.
  [[nodiscard]] bool has_unsafe_past();

  [[nodiscard]] shard_status status() const;
  /// True while a connection is open or closing.
  [[nodiscard]] bool has_connections() const noexcept { return connections_under_way_ > 0; }

 private:
  class connection;

  template <class Input>
  void step(Input&& input);
  void perform();
  void perform_one(const gateway::action& wanted);
  void open(const std::string& url);
  void close(std::uint16_t code);
  void begin_session(const gateway::resume_point& session, std::int64_t safe_seq,
                     events::guild_cache guilds);
  void tell_gap(const gateway::session_lost& lost);
  void tell_unreadable(const gateway::events_unreadable& missing);
  [[nodiscard]] bool is_silent() const;
  void write_note(const gateway::note& text);
  /// One line of the log, said of this shard; `more` are facts besides.
  void tell(config::log_level level, std::string_view text, telemetry::facts more = {}) const;

  boost::asio::awaitable<void> hold(std::shared_ptr<connection> mine);
  void on_connection_failed(const std::shared_ptr<connection>& whose, std::exception_ptr failure);
  void on_payload(std::string_view text);
  void on_unreadable(std::string_view reason);
  void on_dispatch(const gateway::envelope& received, std::string_view text);
  void handle_dispatch(const gateway::envelope& received, std::string_view text);
  void match_log();

  void pump();
  void arm();
  [[nodiscard]] std::string choose_presence() const;
  [[nodiscard]] gateway::session::planned_beat choose_beat(
      const gateway::session::planned_beat& proposed) const;

  [[nodiscard]] bool may_queue() const noexcept;
  send_result queue_command(std::string text, gateway::opcode op, gateway::request_id request);
  request_begun begin_request(gateway::request_id id, std::string text, gateway::opcode op);
  void tell_requests(gateway::shard_state before, gateway::shard_state now);
  void perform_requests();
  void drop_commands();
  void on_timer();

  shard_services& services_;
  shard_observer& observer_;
  int shard_id_;
  int generation_;
  int total_shards_;
  std::uint64_t intents_;
  std::string body_prefix_;
  gateway::pending_requests requests_;
  std::string presence_;  ///< before a library has its say
  gateway::session session_;
  gateway::outbox outbox_;
  gateway::request_actions request_actions_;
  /// Requests whose frame waits in the outbox, by its number.
  std::map<std::uint64_t, gateway::request_id> unsent_requests_;
  gateway::silence_watch silence_;
  gateway::actions actions_;
  gateway::shard_state reported_state_ = gateway::shard_state::offline;
  events::session_log_ptr log_;
  std::optional<storage::session_position> handed_out_;  ///< of the last checkpoint
  std::vector<events::session_log_ptr> lost_;  ///< earlier sessions of which something is not safe
  std::int64_t stored_seq_ = 0;                ///< of the current session
  std::shared_ptr<connection> current_;  ///< the one that counts; older ones may still be closing
  int connections_under_way_ = 0;
  boost::asio::steady_timer timer_;
  std::optional<runtime::time_point> armed_for_;
  runtime::time_point read_at_{};  ///< when the payloads at hand came from the socket
  std::uint64_t dispatches_ = 0;
  std::uint64_t stale_dispatches_ = 0;
  std::uint64_t connections_opened_ = 0;
  std::uint64_t gaps_ = 0;
  std::uint64_t bytes_received_ = 0;  ///< by connections that have ended
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t commands_sent_ = 0;
  std::uint64_t commands_dropped_ = 0;
  std::uint64_t deaf_alarms_ = 0;
  std::uint64_t unreadable_payloads_ = 0;
};

}  // namespace gatehouse::shard
