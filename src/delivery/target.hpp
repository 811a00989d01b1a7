#pragma once

#include "http_connection.hpp"
#include "jetstream_connection.hpp"

#include <gatehouse/config/settings.hpp>
#include <gatehouse/delivery/dispatcher.hpp>
#include <gatehouse/delivery/handler_health.hpp>
#include <gatehouse/delivery/lane_scheduler.hpp>
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
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace gatehouse::delivery {

/// One handler URL as one worker sees it: its lanes, its health, its connections.
///
/// Every path ends in `pump`, which sends what may be sent; one timer stands for all deadlines.
class target final : private handler_connection::owner {
 public:
  /// What it tells the dispatcher.
  class observer {
   public:
    virtual ~observer() = default;
    /// Delivered; the event is destroyed next.
    virtual void on_delivered(events::event& done) = 0;
    /// Its handler will not take it.
    virtual void on_refused(events::event_ptr refused, const refusal& why) = 0;
    /// It was under way and waits again, marked as unwanted meanwhile.
    virtual void on_unwanted(events::event& returned) = 0;
    /// It went down or came up.
    virtual void on_health(target& changed) = 0;
    /// It has sent what it could.
    virtual void on_room() = 0;
    /// Of a stopped target something has ended.
    virtual void on_quiet() = 0;
  };

  /// What the targets of a worker share; outlives them.
  struct context {
    boost::asio::io_context& io;
    const dispatcher::options& chosen;  ///< as of now
    const events::event_type_registry& types;
    runtime::random_source& random;
    reporter& events;
    queue_budget& budget;
    std::span<char> read_buffer;
    std::string& write_buffer;
    std::map<std::string, target_counters>& counters;  ///< by name, whatever becomes of a target
    observer& told;
  };

  target(const context& shared, net::url to, std::uint16_t index);
  ~target() override;

  /// Whether settings can be changed in place: what the lanes and connections are built from stays.
  [[nodiscard]] static bool is_same_shape(const config::handler_settings& before,
                                          const config::handler_settings& after) noexcept;
  /// Of its queues: `routing::queue_name`.
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  /// The settings of the context have changed, their shape has not.
  void apply();

  /// Only queues; `pump` sends.
  void push(events::event_ptr added);
  void pump(runtime::time_point now);
  /// An event of its has arrived; to be pumped soon.
  void note_arrival() noexcept { has_new_ = true; }
  [[nodiscard]] bool has_new() const noexcept { return has_new_; }
  /// Gives up an event that waits.
  events::event_ptr discard(events::event& unwanted);
  void hold(events::event& waiting) { scheduler_.hold(waiting); }
  void release(events::event& held) { scheduler_.release(held); }
  void list_waiting(std::vector<events::event*>& into) { scheduler_.list_waiting(into); }

  /// Sends nothing more; requests under way may end.
  void begin_stop();
  void close_all();
  [[nodiscard]] bool is_stopping() const noexcept { return is_stopping_; }
  [[nodiscard]] bool has_requests() const noexcept { return scheduler_.under_way() > 0; }
  /// Nothing of it is pending in the io_context.
  [[nodiscard]] bool is_quiet() const noexcept { return operations_ == 0; }

  /// Looks whether work waits and nothing will wake it, which must never be: then mends and counts
  /// it, and says so once. Once a second; independent of the timers that it checks.
  void check_progress(runtime::time_point now);

  [[nodiscard]] const net::url& to() const noexcept { return to_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] std::uint16_t index() const noexcept { return index_; }
  [[nodiscard]] bool is_up() const noexcept { return health_.is_up(); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] target_status status(runtime::time_point now) const;
  [[nodiscard]] const lane_scheduler& queue() const noexcept { return scheduler_; }

 private:
  using slot_list =
      boost::intrusive::list<handler_connection, boost::intrusive::constant_time_size<false>>;

  std::span<std::string_view> encode(request& to_send) override;
  void moved(handler_connection& connection, handler_connection::place now_at) override;
  void answered(handler_connection& connection, request& done, const answer& got,
                runtime::time_point now) override;
  void concluded(handler_connection& connection, request& done, const conclusion& got,
                 runtime::time_point now) override;
  void lost(handler_connection& connection, transport_failure failure,
            std::string_view detail) override;
  void progressed(handler_connection& connection, runtime::time_point now) override;
  void operation_began() override { ++operations_; }
  void operation_ended() override;

  // Connections (target.cpp).
  [[nodiscard]] std::unique_ptr<handler_connection> make_slot(std::size_t index);
  void pump_bound(runtime::time_point now);
  void pump_ready(runtime::time_point now);
  void widen(runtime::time_point now);
  void start_probe(runtime::time_point now);
  void continue_probe(runtime::time_point now);
  [[nodiscard]] std::size_t ready_requests() const noexcept;
  void take(handler_connection& connection, std::size_t max_events);
  void send_taken(handler_connection& connection, runtime::time_point now);
  void send_one(handler_connection& connection, runtime::time_point now);
  void close_surplus(runtime::time_point now);
  void arm(runtime::time_point now);
  [[nodiscard]] runtime::time_point next_wake(runtime::time_point now) const;
  void on_timer();
  [[nodiscard]] std::size_t count_forgotten(runtime::time_point now);

  // Requests (target_requests.cpp).
  void deliver(handler_connection& connection, request& done, runtime::time_point now);
  void refuse(handler_connection& connection, request& done, refusal why, runtime::time_point now);
  void await_stream(handler_connection& connection, request& failed, const conclusion& why,
                    runtime::time_point now);
  void fail(handler_connection& connection, request& failed, const verdict& why, std::string text,
            runtime::time_point now);
  [[nodiscard]] bool refuses_everything() const noexcept;
  [[nodiscard]] bool has_failed_by_itself(request& failed);
  void set_aside(request& done, refusal why);
  void put_back(request& failed, runtime::time_point held_until, bool as_singles = false);
  void take_back(handler_connection& connection);
  void blame(request& failed, const std::string& text, bool holds_lane, runtime::time_point now);
  void note_success(handler_connection& connection, runtime::time_point now);
  void note_failure(handler_connection& connection, const verdict& why, std::string text,
                    runtime::time_point now);
  void report_misconfigured(int status, std::string_view hint, runtime::time_point now);
  [[nodiscard]] runtime::duration pause_after(int tries, runtime::duration most) const;
  [[nodiscard]] bool ends_probe(const handler_connection& connection) noexcept;

  const context& shared_;
  const net::url to_;
  const std::uint16_t index_;
  const std::string name_;  ///< the URL as it may be logged
  const std::string key_;
  std::size_t batch_max_events_ = 1;
  runtime::duration sweep_period_{};
  http_connection::context connection_context_;
  std::unique_ptr<nats::client> client_;  ///< null: an HTTP handler
  std::optional<jetstream_connection::context> stream_context_;
  std::optional<request_encoder> encoder_;
  handler_health health_;
  lane_scheduler scheduler_;

  // Before `slots_`, so that they outlive the connections linked in them.
  slot_list idle_;  ///< open, nothing under way; most recently used first
  slot_list busy_;  ///< open with something under way and room for more
  slot_list cold_;  ///< ready to connect
  std::vector<std::unique_ptr<handler_connection>> slots_;
  std::vector<handler_connection::place> places_;  ///< by slot: in which of the lists it is
  handler_connection* probe_ = nullptr;            ///< where the probe runs
  runtime::time_point widen_after_{};              ///< a further connection was not to be had

  boost::asio::steady_timer timer_;
  runtime::time_point armed_for_ = runtime::time_point::max();
  std::size_t operations_ = 0;  ///< completions that will still come
  bool is_stopping_ = false;
  bool has_new_ = false;
  std::vector<request*> taken_;  ///< for one connection, to be sent together

  std::uint64_t bytes_ = 0;
  target_counters& counted_;  ///< of all URLs that differ in their query alone
  std::uint32_t served_ = 0;  ///< events; wraps
  int refused_in_row_ = 0;
  runtime::time_point misconfigured_told_ = runtime::time_point::min();
};

}  // namespace gatehouse::delivery
