#pragma once

#include "event_keys.hpp"
#include "interaction_watch.hpp"
#include "overflow.hpp"
#include "target.hpp"

#include <gatehouse/delivery/dispatcher.hpp>
#include <gatehouse/delivery/routing.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::delivery {

/// Ties together the targets, the memory bound, the spool and the answering of interactions; takes
/// no decision that one of them could take.
struct dispatcher::impl final : private target::observer, private overflow::owner {
  impl(boost::asio::io_context& io, options settings, events::event_type_registry& registry,
       events::event_pool& pool, runtime::random_source jitter, reporter& told);

  void restore(const storage::event_facts& found);
  void begin_restored();
  void accept(events::event_ptr accepted);
  void begin_burst() noexcept { is_burst_ = true; }
  void end_burst();
  bool congested();
  [[nodiscard]] bool has_url(std::string_view url) const {
    return routes_.number_of_url(url).has_value();
  }
  void begin_stop(runtime::time_point deadline, std::function<void()> when_stopped,
                  runtime::duration disk_grace);
  std::vector<events::event_ptr> take_left();
  [[nodiscard]] std::int64_t last_position() const noexcept { return last_position_; }
  statistics snapshot() const;
  std::map<int, undelivered_count> undelivered() const;

 private:
  // target::observer
  void on_finished(events::event& done) override;
  void on_unwanted(events::event& returned) override;
  void on_health(target& changed) override;
  void on_room(target& pumped) override;
  void on_quiet() override { check_stopped(); }

  // overflow::owner
  target& target_at(std::size_t index) override { return targets_[index]; }
  bool on_loaded(events::event& event) override;
  void on_written(events::session_log& session, std::int64_t seq) override { session.settle(seq); }
  void on_purged(const storage::event_facts& facts, drop_reason reason) override;
  void on_rows_lost(int shard_id, std::size_t count) override;
  void on_no_room(events::event& oldest) override;
  void operation_began() override { ++disk_operations_; }
  void operation_ended() override;

  [[nodiscard]] std::size_t route_of(events::event_type type) const noexcept;
  [[nodiscard]] std::uint16_t target_number_of(const events::event& event) const;
  target& target_of(const events::event& event) { return targets_[event.target]; }
  events::event_ptr take_out(events::event& unwanted);
  void drop(events::event& unwanted, drop_reason reason, runtime::time_point now);
  void count_drop(events::event_type type, drop_reason reason, runtime::time_point now);
  void keep_bound(runtime::time_point now);
  void send_new(runtime::time_point now);

  // Interactions (dispatcher_interactions.cpp).
  void watch(events::event& interaction);
  void answer(events::event& interaction);
  void on_answered(const storage::event_key& key, responder_answer given);
  void answer_due(runtime::time_point now);

  // Time and end (dispatcher_house.cpp).
  void keep_house(runtime::time_point now);
  [[nodiscard]] runtime::time_point next_duty(runtime::time_point now) const;
  void on_housekeeping(runtime::time_point now);
  void check_stopped();
  void finish_stop();
  void report_left();

  boost::asio::io_context& io_;
  const options chosen_;
  events::event_type_registry& types_;
  runtime::random_source random_;
  reporter& told_;
  const routing routes_;
  std::vector<std::size_t> route_of_type_;  // by event type; beyond its end: 0
  const events::event_type interaction_type_;
  std::vector<char> read_buffer_;
  std::string write_buffer_;
  target::context target_context_;
  std::deque<target> targets_;
  overflow spooled_;
  queue_budget budget_;  // unlinks all events before those above destroy them
  drop_log drops_;
  interaction_watch unanswered_;
  key_map<events::event*> being_answered_;
  std::uint64_t finally_answered_ = 0;
  std::int64_t last_position_;
  bool is_burst_ = false;
  bool has_new_ = false;  ///< events that nothing has been done about yet

  boost::asio::steady_timer housekeeping_;
  runtime::time_point house_due_ = runtime::time_point::max();
  runtime::time_point next_sweep_{};
  boost::asio::steady_timer stop_timer_;
  enum class phase { running, finishing_requests, writing, stopped };
  phase now_in_ = phase::running;
  std::size_t own_operations_ = 0;   // timers
  std::size_t disk_operations_ = 0;  // answers that the spool will give
  runtime::duration disk_grace_{};
  std::function<void()> stopped_;
  /// Answers of the responder may outlive this: they hold a weak reference to it.
  std::shared_ptr<impl*> self_ = std::make_shared<impl*>(this);
};

}  // namespace gatehouse::delivery
