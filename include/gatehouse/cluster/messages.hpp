#pragma once

#include <gatehouse/cluster/control.hpp>
#include <gatehouse/cluster/reshard.hpp>
#include <gatehouse/config/settings.hpp>
#include <gatehouse/events/overlap.hpp>
#include <gatehouse/gateway/identify_gate.hpp>
#include <gatehouse/gateway/session.hpp>
#include <gatehouse/gateway/shard_key.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/session_store.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// Everything that manager and workers say to each other. Values only: nothing in here is shared.
/// A question carries a nonce and whoever asks sets a deadline, so that nobody waits for ever for a
/// worker that is gone.
namespace gatehouse::cluster {

// ---- manager to worker ----

/// Bring this shard up: resume `from` where given, else identify.
struct start_shard {
  gateway::shard_key shard;
  int total_shards;
  std::string gateway_url;
  std::optional<storage::stored_session> from;
};
/// A session of an earlier run that is not wanted any more, because the number of shards or the
/// intents have changed: resume it, forward what it has missed, then end it. Answered with
/// shard_ended.
struct end_session {
  std::string gateway_url;
  storage::stored_session from;
};
/// Those that are not resumed yet are ended as they are.
struct end_sessions_now {};
/// Give this shard away: close it with 4000, let its requests end until `deadline`, store where it
/// stands. Answered with shard_released.
struct release_shard {
  gateway::shard_key shard;
  std::uint64_t nonce;
  runtime::time_point deadline;
};
/// It has another owner: close it with 4000 and store nothing. Answered with shard_ended, unless it
/// is being given away already.
struct drop_shard {
  gateway::shard_key shard;
};
/// Leave to identify that is not used yet is void; it is asked for again.
struct withdraw_leave {
  gateway::shard_key shard;
};
/// Where new sessions begin, once `/gateway/bot` has said it.
struct set_gateway_url {
  std::string url;
};
/// The answer to identify_wanted; in the end identify_was_sent or identify_was_abandoned names it.
struct identify_granted {
  gateway::identify_grant grant;
  runtime::time_point valid_until = runtime::time_point::max();
};
/// Send this command to Discord; answered with shard_payload_result.
struct shard_payload {
  gateway::shard_key shard;
  std::uint64_t nonce;
  std::string text;
};
/// Answered with request_under_way and then request_done, or with that alone.
struct request_members {
  gateway::shard_key shard;
  std::uint64_t nonce;
  std::uint64_t guild_id;
  std::string body;
};
/// Answered likewise.
struct join_voice {
  gateway::shard_key shard;
  std::uint64_t nonce;
  std::uint64_t guild_id;
  std::uint64_t channel_id;
  bool self_mute;
  bool self_deaf;
};
/// For every shard, also those that come later: a complete presence. Answered with presence_result.
struct set_presence {
  std::uint64_t nonce;  ///< 0: nobody waits for the answer
  std::string presence;
};
/// Answered with shard_payload_result.
struct reconnect_shard {
  gateway::shard_key shard;
  std::uint64_t nonce;
  gateway::reconnect_mode mode;
};
/// Whether the worker's thread still runs: answered with pong.
struct ping {
  std::uint64_t nonce;
};
/// The configuration was reloaded. `handler_tls` is null unless it has changed.
struct apply_settings {
  std::shared_ptr<const config::settings> settings;
  std::shared_ptr<const net::tls_context> handler_tls;
};
/// Close every WebSocket with `close_code`, let requests under way end until `deadline`, then end.
struct stop_worker {
  std::uint16_t close_code;
  runtime::time_point deadline;
  /// The stored sessions are about to change hands, and nobody knows whether they have: both sets
  /// stay resumable, and nothing more is stored.
  bool is_undecided = false;
};

// While resharding; see generation_switch.

/// A second generation is about to come; answered with reshard_report until end_reshard.
struct begin_reshard {
  int coming;
};
struct compare_generations {
  runtime::duration window;
};
/// What the serving generation has forwarded on other workers.
struct forwarded_elsewhere {
  std::shared_ptr<const std::vector<events::forwarded_copy>> copies;
};
/// Answered with worker_drained once nothing is undelivered, or what is has had its chance and is
/// on disk; unless go_on_forwarding comes first.
struct stop_forwarding {};
struct go_on_forwarding {};
/// The new generation is the one that is heard and stored from here on. What it receives for
/// handlers of which an old shard with guilds of its own has something `left` waits for that.
struct serve_generation {
  int generation;
  int from_shards;
  int to_shards;
  std::vector<left_queue> left;
};
/// Something that was left is delivered: to the manager, and from it to all workers.
struct left_delivered {
  std::vector<left_queue> queues;
};
/// Ends the sessions of this generation once nobody waits for an answer on them; each is answered
/// with shard_ended.
struct end_generation {
  int generation;
};
struct end_reshard {};

using worker_message =
    std::variant<start_shard, end_session, end_sessions_now, release_shard, drop_shard,
                 withdraw_leave, set_gateway_url, identify_granted, shard_payload, request_members,
                 join_voice, set_presence, reconnect_shard, ping, stop_worker, begin_reshard,
                 compare_generations, forwarded_elsewhere, stop_forwarding, go_on_forwarding,
                 serve_generation, left_delivered, end_generation, end_reshard, apply_settings>;

// ---- worker to manager ----

/// This shard wants to identify; answered with identify_granted when its turn has come.
struct identify_wanted {
  gateway::shard_key shard;
};
struct identify_was_sent {
  gateway::identify_grant grant;
};
/// Leave was asked for, or granted (then `grant.id` is not 0), but will not be used.
struct identify_was_abandoned {
  gateway::identify_grant grant;
};
struct shard_state_changed {
  gateway::shard_key shard;
  gateway::shard_state state;
};
/// The session is ended and the shard gone.
struct shard_ended {
  gateway::shard_key shard;
};
/// The shard is gone, and its session can be resumed elsewhere; nothing: it had none.
struct shard_released {
  std::uint64_t nonce;
  gateway::shard_key shard;
  std::optional<storage::stored_session> session;
  bool is_gone = true;  ///< false: it cannot be given away now, and is what it was
};
/// With `cluster.enabled`: this session can be resumed by whoever holds the shard.
struct session_begun {
  gateway::shard_key shard;
  storage::session_position position;
};
/// Likewise, every checkpoint: everything up to there is delivered, so that an heir may resume
/// behind it. What is only on this machine's disk does not count.
struct positions_reached {
  std::vector<std::pair<int, std::int64_t>> seqs;  ///< by shard
};
/// Discord has closed this shard with a code that ends it for good.
struct shard_refused {
  gateway::shard_key shard;
  std::uint16_t code;
};
struct shard_payload_result {
  std::uint64_t nonce;
  command_result result;
};
/// One result for each serving shard of the worker.
struct presence_result {
  std::uint64_t nonce;
  std::vector<command_result> results;
};
/// It is sent, or on its way; request_done follows, within `request_progress::longest`.
struct request_under_way {
  std::uint64_t nonce;
};
struct request_done {
  std::uint64_t nonce;
  request_result result;
};
struct pong {
  std::uint64_t nonce;
};
/// An exception got out of a handler. The worker goes on.
struct worker_trouble {
  int worker_id;
  std::string what;
};
/// The worker's thread is about to end.
struct worker_stopped {
  int worker_id;
  std::uint64_t undelivered;  ///< events that stayed behind
  std::uint64_t safe;         ///< of them, on disk
};
/// What its serving generation has forwarded, for all other workers.
struct events_forwarded {
  int worker_id;
  std::vector<events::forwarded_copy> copies;
};
/// All that this worker has forwarded is delivered or `left`, and told as events_forwarded before
/// this; with the sessions of its new generation, complete.
struct worker_drained {
  int worker_id;
  std::vector<storage::session_change> sessions;
  std::vector<left_queue> left;
};
using manager_message =
    std::variant<identify_wanted, identify_was_sent, identify_was_abandoned, shard_state_changed,
                 shard_ended, shard_released, session_begun, positions_reached, shard_refused,
                 shard_payload_result, presence_result, request_under_way, request_done, pong,
                 worker_trouble, worker_stopped, reshard_report, events_forwarded, worker_drained,
                 left_delivered>;

/// Delivers a message to the manager's thread; callable from any thread.
using manager_mailbox = std::function<void(manager_message)>;

}  // namespace gatehouse::cluster
