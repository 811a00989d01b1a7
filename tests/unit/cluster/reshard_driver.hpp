#pragma once

#include <gatehouse/cluster/reshard.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace gatehouse::cluster {

/// Names of actions, as a test reads them: `compare 4000`, `end 1`, `finish done`.
inline std::string describe(const reshard::action& wanted) {
  struct {
    std::string operator()(const reshard::start_shards&) const { return "start"; }
    std::string operator()(const reshard::compare& of) const {
      using std::chrono::duration_cast;
      return "compare " + std::to_string(duration_cast<runtime::milliseconds>(of.window).count());
    }
    std::string operator()(const reshard::stop_forwarding&) const { return "stop"; }
    std::string operator()(const reshard::go_on_forwarding&) const { return "go on"; }
    std::string operator()(const reshard::save_sessions&) const { return "save"; }
    std::string operator()(const reshard::serve&) const { return "serve"; }
    std::string operator()(const reshard::end_generation& of) const {
      return "end " + std::to_string(of.generation);
    }
    std::string operator()(const reshard::finish& of) const {
      return (of.is_done ? "finish: " : "fail: ") + of.result;
    }
  } name;
  return std::visit(name, wanted);
}

/// From 2 shards to 3 on two workers; shard 2 is on the second one.
inline reshard_plan small_plan() {
  reshard_plan plan;
  plan.from_shards = 2;
  plan.to_shards = 3;
  plan.serving = 0;
  plan.coming = 1;
  plan.old_ids = {0, 1};
  plan.new_ids = {0, 1, 2};
  plan.workers = {0, 1};
  plan.identify_pace = runtime::seconds{5};
  plan.timeout = runtime::seconds{600};
  return plan;
}

/// Leads a reshard by hand, with a clock of its own. What it wants is collected in `wanted`.
class reshard_driver {
 public:
  explicit reshard_driver(reshard_plan plan = small_plan()) : tested_(std::move(plan), now_) {
    tested_.start(wanted_);
  }

  reshard& tested() { return tested_; }
  [[nodiscard]] runtime::time_point now() const { return now_; }
  void pass(runtime::duration time) { now_ += time; }

  void state(gateway::shard_key shard, gateway::shard_state state) {
    tested_.on_state(shard, state, now_, wanted_);
  }
  void connect_new() {
    for (const int id : tested_.plan().new_ids) state({id, 1}, gateway::shard_state::connected);
  }
  /// Both workers tell of shards that know 10 guilds each.
  void report(std::size_t loading = 0, runtime::duration lag = {}, std::size_t held_bytes = 0) {
    const auto told = [&](int id) { return coming_shard{id, true, 10, loading}; };
    const int comparison = tested_.comparisons();
    tested_.on_report({0, {told(0), told(1)}, held_bytes, lag, unmatched, comparison}, now_,
                      wanted_);
    tested_.on_report({1, {told(2)}, 0, {}, {}, comparison}, now_, wanted_);
  }
  void late_report(const events::unmatched_events& told, int comparison) {
    tested_.on_report({1, {{2, true, 10, 0}}, 0, runtime::seconds{60}, told, comparison}, now_,
                      wanted_);
  }
  /// Lets time pass until the machine wants to be called, and calls it.
  bool step() {
    const auto deadline = tested_.deadline();
    if (!deadline) return false;
    now_ = std::max(now_, *deadline);
    timer();
    return true;
  }
  /// Calls it now, whenever it wants to be called.
  void timer() { tested_.on_timer(now_, wanted_); }
  void drain(int worker_id) {
    std::vector<storage::session_change> sessions;
    const auto add = [&](int id) {
      sessions.push_back({id, storage::session_position{3, 1, "new", "wss://resume.test", 9}, {}});
    };
    if (worker_id == 0) add(0), add(1);
    if (worker_id == 1) add(2);
    tested_.on_drained(worker_id, std::move(sessions), left, now_, wanted_);
  }
  void drain() {
    drain(0);
    drain(1);
  }
  void saved(bool is_saved) { tested_.on_saved(is_saved, now_, wanted_); }
  void ended(gateway::shard_key shard) { tested_.on_ended(shard, now_, wanted_); }
  void ended(int generation) {
    const auto& plan = tested_.plan();
    for (const int id : generation == plan.serving ? plan.old_ids : plan.new_ids) {
      ended({id, generation});
    }
  }
  bool roll_back() { return tested_.roll_back("as asked", now_, wanted_); }

  // The happy path, up to where a test begins.
  void to_loading() { connect_new(); }
  void to_comparing() {
    to_loading();
    report();
  }
  void to_stopping() {
    to_comparing();
    step();
  }
  void to_saving() {
    to_stopping();
    drain();
  }
  void to_closing() {
    to_saving();
    saved(true);
  }

  events::unmatched_events unmatched;  ///< what the first worker tells
  std::vector<left_queue> left;        ///< likewise, of each

  [[nodiscard]] std::vector<reshard::action> take_actions() { return std::exchange(wanted_, {}); }
  [[nodiscard]] std::vector<std::string> take() {
    std::vector<std::string> names;
    for (const auto& each : take_actions()) names.push_back(describe(each));
    return names;
  }
  [[nodiscard]] reshard_progress progress() const { return tested_.progress(now_); }

 private:
  runtime::time_point now_{std::chrono::hours{5}};
  reshard tested_;
  reshard::actions wanted_;
};

}  // namespace gatehouse::cluster
