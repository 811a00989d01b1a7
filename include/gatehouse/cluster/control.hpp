#pragma once

#include <gatehouse/gateway/session.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::cluster {

/// What has become of something that was to be sent to Discord.
struct command_result {
  enum class outcome {
    sent,           ///< it is on the socket
    queued,         ///< it goes out by itself: see `send_in`
    unknown_shard,  ///< this process does not hold that shard
    not_connected,  ///< and not about to be, or its queue for the time after is full
    limited,        ///< connected, but the send limit's queue is full: see `send_in`
    invalid,        ///< Discord would not take it: see `error`
    no_answer,      ///< its worker did not answer in time; it may have been sent
  };
  outcome what = outcome::no_answer;
  int shard_id = -1;                               ///< the shard it was meant for
  std::optional<runtime::milliseconds> send_in{};  ///< `queued`: when, if the connection lasts;
                                                   ///< `limited`: when it is worth trying again
  std::string error{};
};

/// How a request that Discord answers by events has ended.
struct request_result {
  enum class outcome {
    answered,
    failed,      ///< not sent: see `command`
    no_answer,   ///< Discord was silent until the deadline
    ended,       ///< the shard was stopped meanwhile
    name_taken,  ///< another one with this nonce is under way
  };
  outcome what = outcome::no_answer;
  command_result command{};
  std::string body{};  ///< JSON: of `answered` the answer
};

struct reshard_progress {
  enum class phase {
    idle,
    identifying,  ///< the new shards connect, as the identify gate lets them
    loading,      ///< all are connected; their guilds arrive
    overlapping,  ///< both sets receive everything and are compared
    switching,    ///< the old set has stopped forwarding; the new one is about to take over
    closing,      ///< the new set serves; the old one ends its sessions
  };
  phase now_in = phase::idle;
  int from_shards = 0;
  int to_shards = 0;
  int connected = 0;          ///< of the new shards
  int loaded = 0;             ///< of them, those whose guilds have all arrived
  std::int64_t guilds = 0;    ///< known to the new shards
  std::string waiting_for{};  ///< what holds it up, in words; empty: nothing unusual
  runtime::milliseconds running_for{};
  std::optional<runtime::milliseconds> remaining{};  ///< an estimate
  /// How the last one ended ("done", or why it was rolled back); empty: there was none.
  std::string last_result{};
};

/// The answer to a wish to reshard.
struct reshard_answer {
  enum class outcome { started, planned, refused };
  outcome what = outcome::refused;
  std::string reason{};  ///< of `refused`
  int from_shards = 0;
  int to_shards = 0;
  int identifies_needed = 0;
  std::optional<int> identifies_left{};
  runtime::milliseconds duration{};  ///< an estimate
  std::string note{};                ///< what is to be changed in the configuration; or empty
};

/// What a reload has come to.
struct reload_result {
  bool is_applied = false;
  int revision = 0;                          ///< in force now
  std::vector<std::string> applied{};        ///< keys
  std::vector<std::string> needs_restart{};  ///< keys that keep their old value until then
  std::vector<std::string> problems{};       ///< if not applied: `FILE:LINE:COL: …`
};

/// The configuration in force.
struct config_view {
  int revision = 1;
  std::string file{};
  std::string toml{};  ///< effective values, secrets hidden
  std::string json{};  ///< the same as an object by table
};

struct gate_view {
  std::optional<int> identifies_left{};
  int identifies_total = 0;
  int max_concurrency = 1;
  std::size_t waiting = 0;
  std::optional<runtime::seconds> resets_in{};
};

/// Everything that can be asked of the running daemon from outside. Each call may be made from any
/// thread's coroutine and resumes on the caller's own executor; each ends by itself within its
/// deadline, however busy the workers are. At stop the coroutine may be destroyed where it waits.
class control {
 public:
  template <class T>
  using awaitable = boost::asio::awaitable<T>;

  control() = default;
  control(const control&) = delete;
  control& operator=(const control&) = delete;
  virtual ~control() = default;

  /// `{"op":…,"d":…}` on one shard.
  virtual awaitable<command_result> send_payload(int shard_id, std::string payload) = 0;
  /// A presence (the `d` of op 3) on every shard of this process, those that connect later too.
  /// One result a shard; a single `invalid` one without a shard if Discord would not take it.
  virtual awaitable<std::vector<command_result>> set_presence(std::string presence) = 0;
  /// `body` is the `d` of op 8 without `guild_id`. Answered with
  /// `{"members":[…],"presences":[…],"not_found":[…]}`.
  virtual awaitable<request_result> request_members(std::uint64_t guild_id, std::string body) = 0;
  /// The same, but nobody waits for the chunks: they only arrive as events.
  virtual awaitable<command_result> stream_members(std::uint64_t guild_id, std::string body) = 0;
  /// Answered with `{"session_id":…,"token":…,"endpoint":…}`.
  virtual awaitable<request_result> join_voice(std::uint64_t guild_id, std::uint64_t channel_id,
                                               bool self_mute, bool self_deaf) = 0;
  virtual awaitable<command_result> leave_voice(std::uint64_t guild_id) = 0;
  virtual awaitable<command_result> reconnect(int shard_id, gateway::reconnect_mode mode) = 0;
  /// The serving shard of a guild; without a guild: shard 0. Nothing if this process does not hold
  /// it.
  virtual awaitable<std::optional<int>> find_shard(std::optional<std::uint64_t> guild_id) = 0;

  virtual awaitable<reshard_progress> get_reshard() = 0;
  /// `total_shards` 0: what Discord recommends.
  virtual awaitable<reshard_answer> reshard(int total_shards, bool is_dry_run) = 0;
  /// False: none is under way that could be rolled back.
  virtual awaitable<bool> cancel_reshard() = 0;

  virtual awaitable<reload_result> reload() = 0;
  virtual awaitable<config_view> get_config() = 0;
  virtual awaitable<gate_view> get_gate() = 0;
};

}  // namespace gatehouse::cluster
