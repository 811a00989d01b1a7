#pragma once

#include <gatehouse/cluster/control.hpp>
#include <gatehouse/events/overlap.hpp>
#include <gatehouse/gateway/session.hpp>
#include <gatehouse/gateway/shard_key.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/session_store.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace gatehouse::cluster {

/// What one worker tells about the new generation, several times a second.
struct coming_shard {
  int shard_id = 0;
  bool is_connected = false;
  std::size_t guilds = 0;   ///< known, those that still load included
  std::size_t loading = 0;  ///< of them
};
struct reshard_report {
  int worker_id = 0;
  std::vector<coming_shard> shards;
  std::size_t held_bytes = 0;
  // Of the newest comparison that the worker knows of.
  runtime::duration longest_lag{};
  events::unmatched_events unmatched{};
  int comparison = 0;  ///< which one, from 1
};

/// Events of the old set that are on disk and not delivered as the new one begins to serve: those
/// of one shard for one handler URL.
struct left_queue {
  int worker_id = 0;
  int shard_id = 0;
  std::string url;
  auto operator<=>(const left_queue&) const = default;
};

struct reshard_plan {
  int from_shards = 0;
  int to_shards = 0;
  int serving = 0;  ///< generations
  int coming = 1;
  std::vector<int> old_ids;  ///< shards of this process
  std::vector<int> new_ids;
  std::set<int> workers;              ///< all that take part
  std::set<int> lost_ids{};           ///< of the old ones: will not be connected any more
  bool loads_guilds = true;           ///< the GUILDS intent is there, so that guilds arrive
  runtime::duration identify_pace{};  ///< on average from one identify to the next
  runtime::duration timeout{};        ///< `resharding.timeout_ms`
  /// How far apart two copies of an event may be at first; seen lags make it longer.
  runtime::duration window = runtime::seconds{4};
};

/// One reshard from its beginning to its end, as a pure state machine: what happens and `now` go
/// in, what is to be done comes out. The manager performs it, the workers' part is in
/// `generation_switch`.
///
/// Until the sessions are saved everything can be taken back: the old set has not stopped, or goes
/// on. From then on the new set serves, whatever comes. Main thread.
class reshard {
 public:
  // ---- what is to be done ----
  struct start_shards {};  ///< every worker takes part; the new shards identify
  struct compare {
    runtime::duration window;
  };
  struct stop_forwarding {};
  struct go_on_forwarding {};
  /// The new sessions take the place of the old ones in the store, in one transaction.
  struct save_sessions {
    std::vector<storage::session_change> changes;
  };
  struct serve {
    std::vector<left_queue> left;
  };
  struct end_generation {
    int generation;
  };
  /// Nothing is left of it but this result.
  struct finish {
    bool is_done;
    std::string result;
  };
  using action = std::variant<start_shards, compare, stop_forwarding, go_on_forwarding,
                              save_sessions, serve, end_generation, finish>;
  using actions = std::vector<action>;

  /// How long the serving generation may be kept from forwarding: interactions have to be answered
  /// within three seconds, and some of that has passed before they get here.
  static constexpr runtime::milliseconds longest_stop{1'000};
  static constexpr runtime::milliseconds pause_between_attempts{2'000};
  static constexpr runtime::seconds longest_window{60};
  /// Guilds that have not come by then, after the last one that did, are in an outage.
  static constexpr runtime::seconds load_silence{15};
  static constexpr std::size_t most_held_bytes = std::size_t{256} << 20;

  reshard(reshard_plan plan, runtime::time_point now);

  /// How long one takes in which nothing is in the way.
  [[nodiscard]] static runtime::duration duration_of(int identifies, runtime::duration pace,
                                                     runtime::duration window);

  void start(actions& out);
  void on_state(gateway::shard_key shard, gateway::shard_state state, runtime::time_point now,
                actions& out);
  /// Of the old set: it will not be connected any more.
  void on_lost(int shard_id, runtime::time_point now, actions& out);
  void on_report(const reshard_report& report, runtime::time_point now, actions& out);
  /// All the worker has forwarded is delivered, or safely `left`; these are its new shards'
  /// sessions.
  void on_drained(int worker_id, std::vector<storage::session_change> sessions,
                  std::vector<left_queue> left, runtime::time_point now, actions& out);
  void on_saved(bool is_saved, runtime::time_point now, actions& out);
  void on_ended(gateway::shard_key shard, runtime::time_point now, actions& out);
  void on_timer(runtime::time_point now, actions& out);
  [[nodiscard]] std::optional<runtime::time_point> deadline() const noexcept { return deadline_; }
  /// False: too late, the new set is about to serve.
  bool roll_back(std::string why, runtime::time_point now, actions& out);

  /// New shards that have not been connected yet.
  [[nodiscard]] int identifies_needed() const noexcept;
  /// The stored sessions are about to change hands: not a moment to stop the process.
  [[nodiscard]] bool is_saving() const noexcept { return now_in_ == stage::saving; }
  [[nodiscard]] bool is_serving() const noexcept { return now_in_ == stage::closing; }
  /// How often the sets were compared.
  [[nodiscard]] int comparisons() const noexcept { return comparisons_; }
  [[nodiscard]] const reshard_plan& plan() const noexcept { return plan_; }
  [[nodiscard]] reshard_progress progress(runtime::time_point now) const;

 private:
  enum class stage {
    identifying,
    loading,
    comparing,
    stopping,
    saving,
    closing,
    backing_out,
    ended
  };
  struct new_shard {
    bool is_connected = false;
    bool was_connected = false;
    coming_shard load{};
    runtime::time_point last_news{};
  };

  void advance(runtime::time_point now, actions& out);
  void begin_comparing(runtime::time_point now, actions& out);
  void check_comparison(runtime::time_point now, actions& out);
  void note_unmatched(const reshard_report& report, runtime::time_point now);
  void fail_attempt(std::string why, runtime::time_point now, actions& out);
  void take_over(actions& out);
  void finish_as(bool is_done, std::string result, actions& out);
  void set_deadline(runtime::time_point now);
  [[nodiscard]] bool are_new_connected() const;
  [[nodiscard]] bool is_loaded(const new_shard& shard, runtime::time_point now) const;
  [[nodiscard]] bool are_all_loaded(runtime::time_point now) const;
  [[nodiscard]] runtime::duration estimate(runtime::time_point now) const;

  reshard_plan plan_;
  stage now_in_ = stage::identifying;
  runtime::time_point started_;
  std::map<int, new_shard> new_;
  std::set<int> old_down_;  ///< serving shards that are not connected
  std::set<gateway::shard_key> to_end_;
  std::map<int, reshard_report> reports_;  ///< newest, by worker
  runtime::duration window_;
  runtime::time_point since_{};  ///< of the present state
  runtime::time_point next_attempt_{};
  int comparisons_ = 0;
  /// When something was last found to be received by one of the sets only.
  std::optional<runtime::time_point> unmatched_at_;
  std::string unmatched_;  ///< in words
  std::map<int, std::vector<storage::session_change>> drained_;
  std::vector<left_queue> left_;
  std::string waiting_for_;
  std::string result_;
  std::optional<runtime::time_point> deadline_;
};

/// Why a reshard is due, in words; nothing if it is not. `fullest` is the number of guilds of the
/// fullest shard (contract §8; Discord's hard limit is 2,500 a shard).
[[nodiscard]] std::optional<std::string> reshard_is_due(int total_shards, int recommended,
                                                        std::size_t fullest, int full_percentage);

}  // namespace gatehouse::cluster
