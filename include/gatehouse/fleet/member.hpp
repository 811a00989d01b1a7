#pragma once

#include <gatehouse/fleet/hold.hpp>
#include <gatehouse/fleet/isolation.hpp>
#include <gatehouse/fleet/leave_desk.hpp>
#include <gatehouse/fleet/member_actions.hpp>
#include <gatehouse/fleet/membership.hpp>
#include <gatehouse/fleet/messages.hpp>
#include <gatehouse/fleet/planner.hpp>
#include <gatehouse/fleet/records.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::fleet {

struct member_settings {
  std::string member;
  std::string process;  ///< see member_record
  std::string version;
  std::string fingerprint;  ///< see plan_record
  double weight = 1.0;
  int max_shards = 0;
  int expected_members = 1;
  runtime::duration join_wait = runtime::seconds{15};
  runtime::duration heartbeat = runtime::milliseconds{500};
  runtime::duration takeover = runtime::seconds{3};
  runtime::duration identify_fence = runtime::seconds{45};
  std::optional<runtime::duration> stop_after;  ///< `when_isolated = "stop"`
  int move_batch = 50;
  int rebalance_threshold_percent = 10;
  runtime::duration identify_spacing = runtime::seconds{5};
};

/// One process among those that hold a bot's shards, as a pure state machine: messages, the
/// engine's answers, what becomes of the shards and `now` go in; actions come out. It may be the
/// coordinator, too. One thread.
///
/// One operation of a key is under way at a time, and each has exactly one answer. `unanswered`
/// says nothing: it may have been done, or may be done later, so what stands there is read before
/// anything else is tried.
class member {
 public:
  member(member_settings settings, runtime::time_point now);

  /// To be called several times a heartbeat.
  void tick(runtime::time_point now);
  void on_message(const message& received, runtime::time_point now);
  void on_answer(const std::string& key, const key_answer& answer, runtime::time_point now);
  /// What `/gateway/bot` has said.
  void on_limit(const limit_answer& told, runtime::time_point now);

  /// A new session has begun.
  void on_session(int shard_id, session_record session, runtime::time_point now);
  /// The answer to release_shard: where it can be resumed; nothing if there is no session.
  void on_released(int shard_id, std::optional<session_record> session, runtime::time_point now);
  void want_identify(int shard_id, runtime::time_point now);
  void withdraw_identify(int shard_id);
  /// What became of give_leave.
  void on_leave_over(const granted_leave& leave, bool was_sent, runtime::time_point now);
  /// Safe positions of held shards.
  void checkpoint(const std::vector<std::pair<int, std::int64_t>>& seqs, runtime::time_point now);

  /// Gives all shards away.
  void drain(runtime::time_point now);
  /// An operator vouches that this member is dead. Only a coordinator can do it: false.
  bool evict(const std::string& name, runtime::time_point now);
  /// Nothing is held, and every record says so.
  [[nodiscard]] bool holds_nothing() const;

  [[nodiscard]] actions take_actions() { return std::exchange(out_, {}); }

  [[nodiscard]] const identity& self() const noexcept { return self_; }
  [[nodiscard]] bool is_coordinator() const noexcept { return office_ == office::leading; }
  [[nodiscard]] std::uint64_t term() const noexcept { return my_term_; }
  /// Of any coordinator that this member knows of.
  [[nodiscard]] std::uint64_t newest_term() const noexcept { return term_; }
  /// Shards taken so far whose owner was dead.
  [[nodiscard]] std::uint64_t takeovers() const noexcept { return takeovers_; }
  [[nodiscard]] contact contact_now() const noexcept { return contact_; }
  [[nodiscard]] const plan_record& plan() const noexcept { return plan_; }
  [[nodiscard]] std::uint64_t plan_revision() const noexcept { return plan_revision_; }
  [[nodiscard]] const std::map<int, hold>& holds() const noexcept { return holds_; }
  [[nodiscard]] const membership& members() const noexcept { return members_; }

 private:
  enum class phase {
    listening,  ///< for another process of this name
    reading,    ///< its own record
    entering,   ///< writes it
    joined,
    ended
  };
  enum class office {
    follower,
    reading,
    claiming,
    reading_gate,
    taking_gate,
    reading_plan,
    taking_plan,
    leading
  };
  struct operation {
    runtime::time_point asked_at;
    bool is_write;
  };

  // member.cpp
  void refresh(runtime::time_point now);
  void join(runtime::time_point now);
  void on_own_record(const key_answer& answer, const operation& done, runtime::time_point now);
  void enter(std::uint64_t above, std::uint64_t expected_revision, runtime::time_point now);
  void rejoin(runtime::time_point now);
  void end(std::string why);
  void renew(runtime::time_point now);
  void beat(runtime::time_point now);
  void follow_plan(runtime::time_point now);
  void adopt_plan(const plan_record& plan, std::uint64_t revision, runtime::time_point now);
  void handle(const heartbeat& received, runtime::time_point now);
  void handle(const news& received, runtime::time_point now);
  void handle(const leave_wanted& received, runtime::time_point now);
  void handle(const leave_given& received, runtime::time_point now);
  void handle(const leave_over& received, runtime::time_point now);
  void handle(const shard_awaited& received, runtime::time_point now);
  [[nodiscard]] member_record own_record_now() const;

  // member_engine.cpp
  [[nodiscard]] bool is_busy(const std::string& key) const { return operations_.contains(key); }
  void read(const std::string& key, runtime::time_point now);
  void write(const std::string& key, record value, std::uint64_t expected, runtime::time_point now);
  void publish(message content) {
    out_.emplace_back(send_message{audience::all, {}, std::move(content)});
  }
  void note(bool is_trouble, std::string text) {
    out_.emplace_back(say{is_trouble, std::move(text)});
  }
  void tell_news(const std::string& key, std::uint64_t revision);
  void write_positions(runtime::time_point now);
  void on_position(const std::string& key, const key_answer& answer, const operation& done,
                   runtime::time_point now);

  // member_shards.cpp
  void reconcile(runtime::time_point now);
  void step(int shard_id, hold& of, runtime::time_point now);
  void on_own(int shard_id, const key_answer& answer, const operation& done,
              runtime::time_point now);
  void on_record_read(int shard_id, hold& of, const key_answer& answer, runtime::time_point now);
  void judge(int shard_id, hold& of, runtime::time_point now);
  void claim(int shard_id, hold& of, runtime::time_point now);
  void begin_to_hold(int shard_id, hold& of, runtime::time_point now);
  void check_held(int shard_id, hold& of, const key_answer& answer, runtime::time_point now);
  void check_returned(int shard_id, hold& of, const key_answer& answer, runtime::time_point now);
  void drop_all();
  void ask_for_leave(int shard_id, hold& of, runtime::time_point now);
  [[nodiscard]] bool may_identify(const hold& of, runtime::time_point now) const;
  [[nodiscard]] bool is_planned_here(int shard_id) const;
  [[nodiscard]] bool is_settled() const;

  // member_coordinator.cpp
  void coordinate(runtime::time_point now);
  [[nodiscard]] bool may_run(runtime::time_point now);
  [[nodiscard]] std::optional<std::size_t> rank(runtime::time_point now) const;
  [[nodiscard]] bool fits(const std::string& fingerprint) const;
  void on_coordinator(const key_answer& answer, const operation& done, runtime::time_point now);
  void on_gate(const key_answer& answer, const operation& done, runtime::time_point now);
  void take_gate(const gate_record& found, std::uint64_t revision, runtime::time_point now);
  void on_plan(const key_answer& answer, const operation& done, runtime::time_point now);
  void take_plan(const key_answer& answer, runtime::time_point now);
  void on_plan_written(const key_answer& answer, runtime::time_point now);
  void lead(runtime::time_point now);
  void step_down(const char* why);
  void make_plan(runtime::time_point now);
  void judge_members(plan_record& plan, runtime::time_point now);
  [[nodiscard]] bool begin_plan(plan_record& plan, runtime::time_point now) const;
  void place_shards(plan_record& plan, runtime::time_point now);
  void give_leaves(runtime::time_point now);
  [[nodiscard]] bool may_grant(const leave_wanted& asked) const;

  member_settings settings_;
  actions out_;
  std::map<std::string, operation> operations_;

  phase phase_ = phase::listening;
  runtime::time_point phase_since_;
  identity self_;
  std::uint64_t own_revision_ = 0;
  bool draining_ = false;
  membership members_;
  isolation isolation_;
  contact contact_ = contact::isolated;
  runtime::time_point next_beat_;
  runtime::time_point next_renewal_;
  runtime::time_point next_plan_read_;

  plan_record plan_;
  std::uint64_t plan_revision_ = 0;
  std::uint64_t newest_plan_ = 0;  ///< that anybody knows of
  std::map<int, hold> holds_;      ///< by shard
  std::uint64_t takeovers_ = 0;
  std::uint64_t questions_ = 0;                        ///< for leave, so far
  std::map<std::uint64_t, runtime::time_point> used_;  ///< leave by question

  struct positions_of_part {
    std::map<int, shard_position> by_shard;
    std::uint64_t revision = 0;
    bool is_unsaved = false;
    bool is_revision_known = false;
  };
  std::map<std::string, positions_of_part> positions_;

  office office_ = office::follower;
  std::uint64_t term_ = 0;  ///< newest known
  std::uint64_t my_term_ = 0;
  runtime::time_point coordinator_heard_;
  runtime::time_point fitting_heard_;  ///< a member that shares the plan's settings
  runtime::time_point leading_since_;
  runtime::time_point not_before_;  ///< for the next attempt
  std::optional<leave_desk> desk_;
  bool has_taken_gate_ = false;
  gate_record gate_;
  std::uint64_t gate_revision_ = 0;
  std::optional<plan_record> proposed_;
  int total_shards_ = 0;  ///< 0: not known
  std::optional<runtime::time_point> next_limit_question_;
  runtime::time_point limit_not_before_;  ///< an answer that was asked for earlier does not count
  bool is_asking_limit_ = false;
  /// Owners that somebody waits for: incarnations that no coordinator may have seen.
  std::map<std::string, std::uint64_t> reported_;
  std::set<std::string> to_evict_;
};

}  // namespace gatehouse::fleet
