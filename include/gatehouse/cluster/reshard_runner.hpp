#pragma once

#include <gatehouse/cluster/gateway_inquiry.hpp>
#include <gatehouse/cluster/identify_service.hpp>
#include <gatehouse/cluster/parts.hpp>
#include <gatehouse/cluster/placement.hpp>
#include <gatehouse/cluster/reshard.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace gatehouse::cluster {

/// Leads a reshard: decides whether there may be one, performs what `cluster::reshard` decides, and
/// looks from time to time whether one is due. Main thread.
///
/// Shards that Discord closes with "sharding required" (4011) make one due at once; until it is
/// done the others go on.
class reshard_runner {
 public:
  /// Of the question what `/gateway/bot` says; an error is a reason.
  using inquiry =
      std::function<boost::asio::awaitable<boost::system::result<gateway_answer, std::string>>()>;

  /// `parts` and what is referred to outlive it.
  reshard_runner(shared_parts parts, const shard_source& ours, identify_service& identifies,
                 inquiry ask, runtime::duration window = reshard_plan{}.window);

  /// As `control` has them.
  boost::asio::awaitable<reshard_answer> start(int wanted, bool is_dry_run);
  bool cancel();
  [[nodiscard]] reshard_progress status() const;

  /// Looks whether more shards are needed, until it is cancelled.
  boost::asio::awaitable<void> watch();
  /// Once.
  boost::asio::awaitable<void> check();
  /// Where the stored sessions are about to change hands: waits for that until `deadline`.
  boost::asio::awaitable<void> finish_saving(runtime::time_point deadline);
  [[nodiscard]] bool is_saving() const noexcept { return running_ && running_->is_saving(); }
  void stop();

  /// Discord does not take this shard any more, because it has too many guilds.
  void on_too_full(int shard_id);
  /// One of the new set is refused.
  void on_refused(const std::string& why);
  void on_state(gateway::shard_key shard, gateway::shard_state state);
  /// True: this shard of the serving set has not been connected yet, and the set is about to go
  /// because it has too few shards. It would spend an identify in vain; it is asked for again if
  /// nothing comes of the reshard.
  bool withholds(gateway::shard_key shard);
  void on_ended(gateway::shard_key shard);
  void on_report(const reshard_report& report);
  void on_forwarded(events_forwarded message);
  void on_drained(worker_drained message);

  /// What a library is asked, and what a log line says of a shard.
  [[nodiscard]] identify_question describe(gateway::shard_key shard) const;
  /// "shard 7 of 20", "shard 7 of 20, new set".
  [[nodiscard]] std::string name_of(gateway::shard_key shard) const;

 private:
  [[nodiscard]] std::string obstacle() const;
  [[nodiscard]] reshard_answer decide(int wanted, bool is_dry_run, const rest::gateway_bot& bot);
  void judge(reshard_answer& answer);
  [[nodiscard]] std::string note_on_configured(int total) const;
  void begin(int total);
  void give_up_waiting(reshard_plan& plan);

  [[nodiscard]] std::optional<std::string> reason_to_reshard(int recommended) const;
  [[nodiscard]] std::size_t fullest_shard() const;
  [[nodiscard]] runtime::duration next_check() const;
  void say_impossible(const std::string& reason);

  template <class Input>
  void step(Input&& input);
  void perform(reshard::actions todo);
  void perform(reshard::start_shards wanted);
  void perform(reshard::compare wanted);
  void perform(reshard::stop_forwarding wanted);
  void perform(reshard::go_on_forwarding wanted);
  void perform(reshard::save_sessions wanted);
  void perform(reshard::serve wanted);
  void perform(reshard::end_generation wanted);
  void perform(reshard::finish ended);
  void arm();

  shared_parts parts_;
  const shard_source& ours_;
  identify_service& identifies_;
  inquiry ask_;
  runtime::duration window_;  ///< of the comparison, at first
  std::unique_ptr<reshard> running_;
  std::string last_result_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer watch_timer_;
  boost::asio::steady_timer saved_event_;  ///< cancelled when the sessions have changed hands
  std::set<int> too_full_;                 ///< serving shards that Discord has closed with 4011
  std::set<int> connected_once_;           ///< of the serving ones
  std::set<int> waiting_;  ///< serving shards that do not identify while that is mended
  std::string said_;       ///< of them
  bool is_urgent_ = false;
  bool stopped_ = false;
};

}  // namespace gatehouse::cluster
