#pragma once

#include <gatehouse/events/overlap.hpp>
#include <gatehouse/events/pipeline.hpp>
#include <gatehouse/gateway/raw_json.hpp>
#include <gatehouse/shard/dispatch_tap.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

namespace gatehouse::cluster {

/// One worker's part in a reshard: decides which of the two generations is heard. The manager leads
/// all workers through its steps together; before the first, the new generation only loads.
///
/// 1. `compare`: the serving generation goes on; what it forwards is told to all workers, of whom
///    those keep it that have the new shard of its guild, and what the new one receives is held
///    until its copy was forwarded (`events::overlap`).
/// 2. `stop_forwarding`: the serving generation's events are set aside from here on. Back with
///    `go_on`: they are forwarded after all, and nothing has happened.
/// 3. `serve`: once all that was forwarded is delivered. What is still held goes out, then whatever
///    the new generation receives that was not forwarded before; the old one is not heard any more.
///
/// What Discord sends to one session only (answers to its commands, READY, RESUMED) is no copy of
/// anything: of the old generation it is always forwarded, of the new one once it serves.
class generation_switch final : public shard::dispatch_tap {
 public:
  /// `tell` takes what the serving generation has forwarded here to all other workers; called from
  /// `flush` only. `on_unsaid` asks for a call of `flush` soon.
  struct callbacks {
    std::function<void(std::vector<events::forwarded_copy>)> tell;
    std::function<void()> on_unsaid;
  };
  generation_switch(events::pipeline& pipeline, int serving, int coming, callbacks to);
  ~generation_switch() override;

  /// A shard of either generation is here; before its first event.
  void expect(gateway::shard_key shard, int total_shards);
  /// Also to begin the comparison anew.
  void compare(runtime::duration window, runtime::time_point now);
  void on_forwarded_elsewhere(std::span<const events::forwarded_copy> copies);
  void stop_forwarding(runtime::time_point now);
  void go_on();
  void serve(runtime::time_point now);
  void flush();
  /// Gives up waiting for what has waited too long. Several times a second.
  void expire(runtime::time_point now);

  bool on_dispatch(gateway::shard_key shard, const events::session_log_ptr& session,
                   const events::dispatch& received, runtime::time_point now) override;
  [[nodiscard]] bool is_silent(gateway::shard_key shard) const override;

  [[nodiscard]] bool is_stopped() const noexcept { return now_in_ == phase::stopped; }
  [[nodiscard]] std::size_t held_bytes() const noexcept;
  [[nodiscard]] runtime::duration longest_lag() const noexcept;
  [[nodiscard]] std::uint64_t matched() const noexcept;
  [[nodiscard]] events::unmatched_events unmatched() const;
  /// Events of either generation that wait for their copy.
  [[nodiscard]] std::size_t remembered() const noexcept {
    return overlap_ ? overlap_->remembered() : 0;
  }
  /// How often a comparison was begun.
  [[nodiscard]] int comparisons() const noexcept { return comparisons_; }

 private:
  enum class phase { loading, comparing, stopped, serving };

  bool on_old(gateway::shard_key shard, const events::session_log_ptr& session,
              const events::dispatch& received, runtime::time_point now);
  bool on_new(const events::session_log_ptr& session, const events::dispatch& received,
              runtime::time_point now);
  void receive_copy(const events::session_log_ptr& session, const events::dispatch& received,
                    runtime::time_point now);
  void record(int shard_id, const events::dispatch& received, runtime::time_point now);
  [[nodiscard]] bool concerns_us(const events::forwarded_copy& copy) const;
  void withhold(const events::kept_dispatch& kept);
  void settle_matched();
  void abandon_held(runtime::time_point now);

  events::pipeline& pipeline_;
  int serving_;
  int coming_;
  callbacks to_;
  phase now_in_ = phase::loading;
  int serving_total_ = 1;  ///< shards
  int coming_total_ = 1;
  std::set<int> coming_shards_;  ///< those here
  int comparisons_ = 0;
  gateway::padded_parser kept_{std::size_t{256} << 10};  ///< of what was put aside
  std::optional<events::overlap> overlap_;
  std::vector<events::forwarded_copy> unsaid_;
  struct set_aside {
    int shard_id;
    events::held_dispatch event;
  };
  std::deque<set_aside> aside_;
};

}  // namespace gatehouse::cluster
