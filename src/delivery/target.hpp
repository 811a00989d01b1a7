#pragma once

#include "handler_connection.hpp"

#include <gatehouse/config/settings.hpp>
#include <gatehouse/delivery/backoff.hpp>
#include <gatehouse/delivery/dispatcher.hpp>
#include <gatehouse/delivery/handler_health.hpp>
#include <gatehouse/delivery/lane_scheduler.hpp>
#include <gatehouse/delivery/latency_histogram.hpp>
#include <gatehouse/delivery/queue_budget.hpp>
#include <gatehouse/delivery/reporter.hpp>
#include <gatehouse/delivery/request_encoder.hpp>
#include <gatehouse/delivery/statistics.hpp>
#include <gatehouse/net/url.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace gatehouse::delivery {

/// One handler URL as one worker sees it: its queue, its health, its connections.
///
/// Every path ends in `pump`, which sends what may be sent; one timer stands for all deadlines.
class target final : private handler_connection::owner {
 public:
  /// What it tells the dispatcher.
  class observer {
   public:
    virtual ~observer() = default;
    /// Delivered or refused; the event is destroyed next.
    virtual void on_finished(events::event& done) = 0;
    /// It was under way and waits again, marked as unwanted meanwhile.
    virtual void on_unwanted(events::event& returned) = 0;
    /// It went down or came up.
    virtual void on_health(target& changed) = 0;
    /// It has sent what it could, and some of its events are in the spool.
    virtual void on_room(target& pumped) = 0;
    /// A stopped target has nothing pending any more.
    virtual void on_quiet() = 0;
  };

  /// What the targets of a worker share; outlives them.
  struct context {
    boost::asio::io_context& io;
    const dispatcher::options& chosen;
    const events::event_type_registry& types;
    runtime::random_source& random;
    reporter& events;
    queue_budget& budget;
    std::span<char> read_buffer;
    std::string& write_buffer;
    observer& told;
  };

  target(const context& shared, net::url to, std::uint16_t index);
  ~target() override;

  /// Only queues; `pump` sends.
  void push(events::event_ptr added);
  void pump(runtime::time_point now);
  /// An event of its has arrived; to be pumped soon.
  void note_arrival() noexcept { has_new_ = true; }
  [[nodiscard]] bool has_new() const noexcept { return has_new_; }
  /// An event that waits, to be dropped.
  events::event_ptr discard(events::event& unwanted);

  // What is in the spool: see lane_scheduler.
  [[nodiscard]] bool lines_up(const events::event& arrived) const {
    return scheduler_.lines_up(arrived);
  }
  void add_spooled(const spooled_place& added) { scheduler_.add_spooled(added); }
  void remove_spooled(const spooled_place& removed) { scheduler_.remove_spooled(removed); }
  void forget_spooled(int shard_id, std::span<const spooled_place> kept) {
    scheduler_.forget_spooled(shard_id, kept);
  }
  [[nodiscard]] bool can_evict(const events::event& newest) const {
    return scheduler_.can_evict(newest);
  }
  events::event_ptr evict(events::event& newest);
  void push_loaded(events::event_ptr loaded);
  void hold(events::event& waiting) { scheduler_.hold(waiting); }
  void release(events::event& held) { scheduler_.release(held); }
  void list_waiting(std::vector<events::event*>& into) { scheduler_.list_waiting(into); }

  void begin_stop();
  void close_all();
  [[nodiscard]] bool is_quiet() const noexcept { return operations_ == 0; }

  [[nodiscard]] std::uint16_t index() const noexcept { return index_; }
  [[nodiscard]] bool is_up() const noexcept { return health_.is_up(); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] target_status status(runtime::time_point now) const;
  [[nodiscard]] const lane_scheduler& queue() const noexcept { return scheduler_; }

 private:
  using slot_list =
      boost::intrusive::list<handler_connection, boost::intrusive::constant_time_size<false>>;

  std::span<std::string_view> encode(request& to_send) override;
  void opened(handler_connection& connection) override;
  void answered(handler_connection& connection, request& done, const answer& got,
                runtime::time_point now) override;
  void lost(handler_connection& connection, transport_failure failure,
            std::string_view detail) override;
  void progressed(handler_connection& connection, runtime::time_point now) override;
  void operation_began() override { ++operations_; }
  void operation_ended() override;

  // Connections (target.cpp).
  void place(handler_connection& connection);
  void pump_bound(runtime::time_point now);
  void pump_ready(runtime::time_point now);
  void start_probe(runtime::time_point now);
  void widen(runtime::time_point now);
  [[nodiscard]] std::size_t ready_requests() const noexcept;
  void take(handler_connection& connection, std::size_t max_events);
  void send_taken(handler_connection& connection, runtime::time_point now);
  void send_one(handler_connection& connection, runtime::time_point now);
  void close_surplus(runtime::time_point now);
  void arm(runtime::time_point now);
  [[nodiscard]] runtime::time_point next_wake(runtime::time_point now) const;
  void on_timer();

  // Requests (target_requests.cpp).
  void deliver(handler_connection& connection, request& done, runtime::time_point now);
  void refuse(handler_connection& connection, request& done, int status, runtime::time_point now);
  void fail(handler_connection& connection, request& failed, const verdict& why, std::string text,
            runtime::time_point now);
  void finish(request& done, std::uint64_t& counter);
  void put_back(request& failed, runtime::time_point held_until, bool as_singles = false);
  void take_back(handler_connection& connection, runtime::time_point oldest_held_until);
  void note_success(handler_connection& connection, runtime::time_point now);
  void note_failure(handler_connection& connection, const verdict& why, std::string text,
                    runtime::time_point now);
  void report_misconfigured(int status, runtime::time_point now);
  [[nodiscard]] bool ends_probe(const handler_connection& connection) noexcept;

  const context& shared_;
  const net::url to_;
  const std::uint16_t index_;
  const std::string name_;  ///< the URL as it may be logged
  const std::size_t batch_max_events_;
  const runtime::duration sweep_period_;
  handler_connection::context connection_context_;
  request_encoder encoder_;
  backoff pauses_;
  handler_health health_;
  lane_scheduler scheduler_;

  // Before `slots_`, so that they outlive the connections linked in them.
  slot_list idle_;  ///< open, nothing under way; most recently used first
  slot_list busy_;  ///< open with something under way and room for more
  slot_list cold_;  ///< ready to connect
  std::vector<std::unique_ptr<handler_connection>> slots_;
  handler_connection* probe_ = nullptr;  ///< where the probe runs
  runtime::time_point widen_after_{};    ///< a further connection was not to be had

  boost::asio::steady_timer timer_;
  runtime::time_point armed_for_ = runtime::time_point::max();
  std::size_t operations_ = 0;  ///< completions that will still come
  bool is_stopping_ = false;
  bool has_new_ = false;
  std::vector<request*> taken_;  ///< for one connection, to be sent together

  std::uint64_t bytes_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t retried_ = 0;
  std::uint64_t refused_ = 0;
  latency_histogram latency_;
  runtime::time_point misconfigured_told_ = runtime::time_point::min();
};

}  // namespace gatehouse::delivery
