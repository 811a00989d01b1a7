#pragma once

#include <gatehouse/fleet/member.hpp>

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::fleet {

/// Members, an engine with one truth, and a Discord, in virtual time, with everything that can go
/// wrong between them. What must never happen is a failure of the test as it happens.
class fleet_world {
 public:
  static constexpr int members = 3;
  static constexpr int shards = 6;
  static constexpr int max_concurrency = 2;

  fleet_world(unsigned seed, bool stops_when_isolated);

  void run_for(runtime::duration time);
  /// One fault, drawn at random.
  void break_something();
  /// No fault from here on; those that were killed come back.
  void heal();

  void start(int member);
  void kill(int member);
  void freeze(int member);
  void wake(int member);
  void cut(int member, bool from_engine, bool outgoing, bool incoming);
  void stall(runtime::duration time);
  void drain(int member);
  void lose_session(int shard_id);
  void close_connection(int shard_id);

  [[nodiscard]] int random(int least, int most) {
    return std::uniform_int_distribution{least, most}(random_);
  }
  /// Why it is not yet so that each shard is connected by exactly one member, and the records say
  /// so; empty if it is.
  [[nodiscard]] std::string unsettled() const;
  [[nodiscard]] const member& machine(int index) const { return *at(index).machine; }
  [[nodiscard]] int identifies() const noexcept { return identifies_; }
  [[nodiscard]] int resumes() const noexcept { return resumes_; }
  [[nodiscard]] int claims() const noexcept { return claims_; }
  [[nodiscard]] std::size_t count_held(int index) const;
  [[nodiscard]] const std::vector<std::string>& broken() const noexcept { return broken_; }
  [[nodiscard]] std::string diary() const;

 private:
  struct connection {
    std::uint64_t epoch = 0;
    std::string session;  ///< empty: has none
    bool is_connected = false;
    std::optional<give_leave> leave;
  };
  struct process {
    std::unique_ptr<member> machine;
    int life = 0;
    bool is_frozen = false;
    bool is_draining = false;
    std::map<int, connection> connections;
    std::deque<std::function<void()>> inbox;  ///< while it is frozen
    bool is_cut_from_engine = false;
    bool loses_outgoing = false;
    bool loses_incoming = false;
  };
  struct entry {
    record value;
    std::uint64_t revision;
  };
  struct event {
    runtime::time_point at;
    std::uint64_t number;
    std::function<void()> act;
    bool operator<(const event& other) const {
      return std::tie(other.at, other.number) < std::tie(at, number);
    }
  };
  using told_grant = std::pair<identity, std::uint64_t>;

  [[nodiscard]] const process& at(int index) const {
    return processes_[static_cast<std::size_t>(index)];
  }
  process& at(int index) { return processes_[static_cast<std::size_t>(index)]; }
  static std::string name(int index) { return "m" + std::to_string(index + 1); }
  [[nodiscard]] bool chance(int percent) { return random(1, 100) <= percent; }
  runtime::duration ms(int least, int most) { return runtime::milliseconds{random(least, most)}; }

  void later(runtime::duration after, std::function<void()> act);
  /// On that process, if it lives on.
  void deliver(int to, runtime::duration after, std::function<void()> act);
  void tick(int index, int life);
  void perform(int index);
  void must(bool holds, const std::string& what);
  void log(std::string line);

  void act(int index, const read_key& wanted);
  void act(int index, const write_key& wanted);
  void act(int index, const send_message& wanted);
  void act(int index, const take_shard& wanted);
  void act(int index, const release_shard& wanted);
  void act(int index, const drop_shard& wanted);
  void act(int index, const give_leave& wanted);
  void act(int index, const contact_changed& wanted);
  void act(int index, const ask_limit& wanted);
  void act(int index, const say& wanted);
  void act(int index, const end_process& wanted);

  void answer(int index, const std::string& key, runtime::duration after, key_answer answer);
  key_answer read_now(const std::string& key);
  key_answer write_now(const write_key& wanted);
  void check_write(const write_key& wanted);
  void check_own(const write_key& wanted, const own_record& value);
  void check_gate(const gate_record& value);

  void connect(int index, int shard_id);
  void identify(int index, int shard_id, const give_leave& with);
  void check_identify(int index, int shard_id, const granted_leave& leave);

  std::mt19937 random_;
  bool stops_when_isolated_;
  runtime::time_point now_{};
  std::uint64_t events_ = 0;
  std::priority_queue<event> queue_;
  std::array<process, members> processes_;

  std::map<std::string, entry> truth_;
  std::map<std::string, std::vector<std::pair<runtime::time_point, entry>>> past_;
  std::uint64_t revision_ = 0;
  runtime::time_point stalled_until_{};
  bool is_faulty_ = false;

  std::array<std::string, shards> sessions_;  ///< live ones; empty: none
  std::array<std::uint64_t, shards> identified_epoch_{};
  std::array<std::optional<runtime::time_point>, max_concurrency> identified_at_;
  std::map<told_grant, std::pair<granted_leave, bool>> grants_;  ///< whether it was right
  std::uint64_t granted_ = 0;
  int identifies_ = 0;
  int resumes_ = 0;
  int claims_ = 0;
  std::vector<std::string> broken_;
  std::deque<std::string> diary_;
};

}  // namespace gatehouse::fleet
