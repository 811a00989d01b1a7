#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/delivery/interaction_responder.hpp>
#include <gatehouse/delivery/reporter.hpp>
#include <gatehouse/delivery/statistics.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/events/event_type.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/runtime/random.hpp>
#include <gatehouse/storage/spool.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace gatehouse::delivery {

/// Why an event is set aside.
struct refusal {
  int status = 0;        ///< of the handler's answer; 0: it never gave one
  std::string reason{};  ///< in words
  std::string answer{};  ///< its first bytes
  std::string url{};     ///< as it may be logged
};
/// Keeps an event that its handler will not take, and calls `when_kept` on whatever thread once it
/// is safe, or lost and counted. Until then the event's copy on disk and its place in its session
/// stay as they are.
using refused_sink = std::function<void(const events::event& event, const refusal& why,
                                        std::function<void()> when_kept)>;

class event_streams;
class event_tail;

/// Gets one worker's events to the HTTP handlers: at least once, in order within their lanes, each
/// handler URL independent of the others. What does not fit into memory, or waits too long, goes to
/// the spool; interactions whose handler does not answer are answered in its place. What is
/// accepted outside a burst is sent at once if it may be; within one, at the burst's end, in as few
/// system calls as possible. Everything happens on the thread that runs the io_context.
///
/// Order of life: construct, `accept` events, `begin_stop`; after `stopped` was called nothing of
/// it is pending in the io_context any more. Without a stop it must not be destroyed before the
/// last handler of the io_context has run.
class dispatcher : public events::event_sink {
 public:
  struct options {
    config::handler_settings handlers;
    config::queue_settings queue;
    std::vector<config::event_route> routes;
    std::string user_agent;
    /// For https; may be null when no URL needs it, must outlive the dispatcher.
    const net::tls_context* tls = nullptr;
    /// For `jetstream:`; may be null when no URL is one, must outlive the dispatcher.
    event_streams* streams = nullptr;
    refused_sink on_refused;  ///< may be empty
    /// `congested` was true and is not any more; may be empty.
    std::function<void()> on_clear;
    storage::spool* spool = nullptr;             ///< null: memory only; must outlive it
    interaction_responder* responder = nullptr;  ///< null: nobody answers; must outlive it
    runtime::duration answer_deadline{};         ///< `interactions.deadline_ms`
    const controllers::decision_points* decisions = nullptr;  ///< may be null; must outlive it
    event_tail* tail = nullptr;  ///< for those who watch; may be null; must outlive it
  };

  /// `types`, `pool`, `told` and `io` must outlive it. Throws std::invalid_argument for a URL that
  /// does not parse, or https without `tls`.
  static std::unique_ptr<dispatcher> make(boost::asio::io_context& io, options chosen,
                                          events::event_type_registry& types,
                                          events::event_pool& pool, runtime::random_source random,
                                          reporter& told);

  /// A queue that an earlier run has left in the spool, filled by the routes of now or by others.
  /// All of them before the first `accept`; then `begin_restored`.
  virtual void restore(const storage::queue_summary& found, bool has_same_routes) = 0;
  virtual void begin_restored() = 0;

  /// Other settings from now on, while events arrive and are delivered: a URL that stays keeps its
  /// connections and what is under way. Only one that goes, or whose lanes are cut in another way,
  /// ends its requests (`leave_grace` at most); what waits for it then goes by the new routes, in
  /// order, and newer events of its shards wait for that. `spool` and `on_refused` must stay as
  /// they are. Throws as the constructor does, and has then changed nothing.
  virtual void apply(options changed) = 0;
  static constexpr runtime::seconds leave_grace{1};

  /// Looks whether work waits that nothing will wake, and mends, counts and reports that. Once a
  /// second, from outside.
  virtual void check_progress() = 0;

  /// How long after its deadline `begin_stop` waits for the disk.
  static constexpr runtime::milliseconds spool_grace{2'000};
  /// Sends nothing new. Requests under way may finish until `deadline`; then their connections are
  /// closed, and what is undelivered goes to the spool. `stopped` is called through the io_context.
  virtual void begin_stop(runtime::time_point deadline, std::function<void()> stopped) = 0;

  // For the moment at which other shards, perhaps of other workers, take the guilds of these over.

  /// One shard's events for one handler URL.
  struct queue_name {
    int shard_id = 0;
    std::string url;
    auto operator<=>(const queue_name&) const = default;
  };
  /// What is undelivered goes to disk as soon as it can, until it is said otherwise.
  virtual void write_soon(bool is_wanted) = 0;
  /// Those with something undelivered.
  [[nodiscard]] virtual std::vector<queue_name> busy_queues() const = 0;
  /// One for each handler URL, whatever is in it.
  [[nodiscard]] virtual std::vector<queue_name> queues_of(int shard_id) const = 0;
  /// Of the newest event accepted so far.
  [[nodiscard]] virtual std::int64_t newest_position() const = 0;
  /// Whether some of what was accepted up to this position, and was safe then, is undelivered.
  [[nodiscard]] virtual bool has_older(const queue_name& queue, std::int64_t position) const = 0;
  /// What is accepted from now on waits in this queue, until each `hold_back` has had its `let_go`.
  virtual void hold_back(const queue_name& queue) = 0;
  virtual void let_go(const queue_name& queue) = 0;

  struct undelivered_count {
    std::size_t all = 0;
    std::size_t safe = 0;  ///< of them, on disk
  };
  /// By shard.
  [[nodiscard]] virtual std::map<int, undelivered_count> undelivered() const = 0;
  [[nodiscard]] virtual statistics snapshot() const = 0;

 private:
  struct impl;
};

}  // namespace gatehouse::delivery
