#pragma once

#include "interaction_watch.hpp"
#include "spool_port.hpp"
#include "target.hpp"

#include <gatehouse/delivery/backlog.hpp>
#include <gatehouse/delivery/dispatcher.hpp>
#include <gatehouse/delivery/event_tail.hpp>
#include <gatehouse/delivery/routing.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::delivery {

/// Names an event. The position alone does not: what an earlier run has left on disk was numbered
/// by the workers of that run, which may have shared out the shards in another way.
using event_key = std::pair<int, std::int64_t>;  ///< shard id, position
inline event_key key_of(const events::event& event) noexcept {
  return {event.shard_id(), event.position};
}

/// By so much memory may be exceeded while the disk works: what was read from Discord at once, and
/// may have been compressed a thousandfold, has to be somewhere until the disk has it. Nothing more
/// is read meanwhile.
inline constexpr std::uint64_t most_in_excess = 64UL << 20;

/// Ties together the targets, the memory bound, the backlog and the answering of interactions;
/// takes no decision that one of them could take.
struct dispatcher::impl final : public dispatcher,
                                private target::observer,
                                private backlog::owner {
  impl(boost::asio::io_context& io, options settings, events::event_type_registry& registry,
       events::event_pool& pool, runtime::random_source jitter, reporter& told);

  void restore(const storage::queue_summary& found, bool has_same_routes) override;
  void begin_restored() override;
  void apply(options changed) override;
  void accept(events::event_ptr accepted) override;
  void begin_burst() override { is_burst_ = true; }
  void end_burst() override;
  [[nodiscard]] bool congested(int shard_id) noexcept override;
  [[nodiscard]] bool has_url(std::string_view url) const override {
    return routes_.number_of_url(url).has_value();
  }
  void check_progress() override;
  void begin_stop(runtime::time_point deadline, std::function<void()> when_stopped) override;
  void write_soon(bool is_wanted) override;
  [[nodiscard]] std::vector<queue_name> busy_queues() const override;
  [[nodiscard]] std::vector<queue_name> queues_of(int shard_id) const override;
  [[nodiscard]] std::int64_t newest_position() const override { return last_position_; }
  [[nodiscard]] bool has_older(const queue_name& name, std::int64_t position) const override;
  void hold_back(const queue_name& name) override;
  void let_go(const queue_name& name) override;
  [[nodiscard]] std::map<int, undelivered_count> undelivered() const override;
  [[nodiscard]] statistics snapshot() const override;

 private:
  using target_number = std::uint16_t;  ///< index in `targets_`

  // target::observer
  void on_delivered(events::event& done) override {
    if (chosen_.tail != nullptr && chosen_.tail->is_watched()) show(done);
    finish(done);
  }
  void on_refused(events::event_ptr refused, const refusal& why) override;
  void on_unwanted(events::event& returned) override;
  void on_health(target& changed) override;
  void on_room() override;
  void on_quiet() override;

  // backlog::owner
  void deliver(events::event_ptr next) override;
  events::event_ptr withdraw(events::event& waiting) override;
  bool on_loaded(events::event& event) override;
  void on_left_memory(events::event& event) override;
  void on_safe(events::event& event) override { settle(event); }
  void on_shed(std::string_view type, std::uint64_t events) override;
  void on_lost(int shard_id, std::uint64_t events) override;
  void on_progress() override;

  [[nodiscard]] std::size_t route_of(events::event_type type) const noexcept;
  [[nodiscard]] target_number target_number_of(const events::event& event) const;
  target& target_of(const events::event& event) { return *targets_[event.target]; }
  backlog_queue& queue_of(const events::event& event);
  static void settle(events::event& safe);
  void finish(events::event& done);
  void show(const events::event& done);
  events::event_ptr take_out(events::event& unwanted);
  void drop(events::event& unwanted, drop_reason reason, runtime::time_point now);
  void count_drop(events::event_type type, drop_reason reason, std::uint64_t events,
                  runtime::time_point now);
  void keep_bound(events::event& newest, runtime::time_point now);
  void send_new(runtime::time_point now);
  [[nodiscard]] bool is_crowded(runtime::time_point now) noexcept;
  [[nodiscard]] bool is_to_be_held_back(runtime::time_point now) noexcept;
  void tell_when_clear();
  void on_letter_kept(const event_key& key);
  template <class Visitor>
  void for_each_target(Visitor&& visit) const {
    for (const auto& each : targets_) {
      if (each) visit(*each);
    }
  }

  // Settings, and changes of them (dispatcher_settings.cpp).
  static void check(const options& settings, const routing& routes);
  void learn_routes();
  target_number add_target(const net::url& url);
  void renew_targets(bool has_same_shape);
  void leave(target& leaving);
  void plan_leave();
  void check_left();
  void note_feeds(const routing& before);
  [[nodiscard]] std::vector<std::string> other_urls_of(const backlog_queue& queue,
                                                       const routing& before) const;
  void redirect();

  // Interactions (dispatcher_interactions.cpp).
  /// One that is being answered: in memory, or, of its block on disk, meanwhile there only.
  struct answering {
    events::event* event = nullptr;
    backlog_queue* queue = nullptr;
    std::uint64_t block = 0;
    std::size_t index = 0;
    std::optional<responder_answer> given;  ///< while what has the event is being read
  };
  void watch(events::event& interaction);
  void answer(events::event& interaction);
  void on_answered(const event_key& key, responder_answer given);
  void take_answer(events::event& interaction, responder_answer given);
  void note_answer_on_disk(const answering& absent);
  void answer_due(runtime::time_point now);

  // Time and end (dispatcher_house.cpp).
  void keep_house(runtime::time_point now);
  [[nodiscard]] runtime::time_point next_duty(runtime::time_point now) const;
  void on_housekeeping(runtime::time_point now);
  void check_stopped();
  void end_requests();
  void write_rest();
  void finish_stop();

  boost::asio::io_context& io_;
  options chosen_;
  events::event_type_registry& types_;
  runtime::random_source random_;
  reporter& told_;
  routing routes_;
  std::vector<std::size_t> route_of_type_;  // by event type; beyond its end: 0
  const events::event_type interaction_type_;
  std::vector<char> read_buffer_;
  std::string write_buffer_;
  std::optional<spool_port> port_;
  target::context target_context_;
  std::vector<std::unique_ptr<target>> targets_;     // null: free for another one
  std::vector<target_number> target_of_url_;         // by number of `routes_`
  std::map<std::string, target_counters> counters_;  // by name; of URLs that are gone, too
  backlog backlog_;
  queue_budget budget_;  // unlinks all events before those above destroy them
  std::vector<std::vector<backlog_queue*>> queues_;  // by target and shard, as they were needed
  drop_log drops_;
  interaction_watch unanswered_;
  std::map<event_key, answering> being_answered_;
  std::map<event_key, events::event_ptr> letters_;  // until they are kept
  std::uint64_t finally_answered_ = 0;
  std::int64_t last_position_ = 0;
  bool is_burst_ = false;
  bool has_new_ = false;  ///< events that nothing has been done about yet
  std::optional<runtime::time_point> held_back_since_;
  bool was_congested_ = false;  ///< somebody was told so

  boost::asio::steady_timer housekeeping_;
  runtime::time_point house_due_ = runtime::time_point::max();
  runtime::time_point next_sweep_{};
  boost::asio::steady_timer leave_timer_;
  bool is_check_posted_ = false;
  boost::asio::steady_timer stop_timer_;
  enum class phase { running, finishing_requests, writing, stopped };
  phase now_in_ = phase::running;
  std::size_t own_operations_ = 0;  // timers
  std::function<void()> stopped_;
  /// Answers of the responder and the dead letters may outlive this: they hold a weak reference.
  std::shared_ptr<impl*> self_ = std::make_shared<impl*>(this);
};

}  // namespace gatehouse::delivery
