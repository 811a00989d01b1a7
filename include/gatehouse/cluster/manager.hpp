#pragma once

#include <gatehouse/cluster/command_router.hpp>
#include <gatehouse/cluster/fleet_shards.hpp>
#include <gatehouse/cluster/gateway_inquiry.hpp>
#include <gatehouse/cluster/identify_service.hpp>
#include <gatehouse/cluster/manager_services.hpp>
#include <gatehouse/cluster/messages.hpp>
#include <gatehouse/cluster/parts.hpp>
#include <gatehouse/cluster/reshard_runner.hpp>
#include <gatehouse/cluster/startup.hpp>
#include <gatehouse/cluster/worker_pool.hpp>
#include <gatehouse/fleet/agent.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace gatehouse::cluster {

/// Why the manager's run ended.
enum class run_result {
  stopped,  ///< as asked
  refused,  ///< Discord refuses this bot for good: starting again would not help
  failed,   ///< anything else; starting again may help
};

/// Keeps the workers from start to stop and brings its parts together: each message of a worker
/// goes to the part that it concerns. Lives on the main thread.
class manager {
 public:
  template <class T>
  using awaitable = boost::asio::awaitable<T>;

  manager(boost::asio::io_context& context, manager_services services);
  ~manager();
  manager(const manager&) = delete;
  manager& operator=(const manager&) = delete;

  /// Runs until `request_stop` or until Discord refuses the bot, then stops the workers.
  awaitable<run_result> run();

  /// Gives the shards to the other members of the fleet first, where this process is in one; then,
  /// or at once, calls `done`.
  void drain(std::function<void()> done);
  /// Graceful: requests under way get until `stop_grace`, sessions stay resumable.
  void request_stop();
  static constexpr runtime::seconds stop_grace{5};
  /// False if a worker's thread is still running after `run`.
  [[nodiscard]] bool all_stopped() const noexcept { return workers_.running() == 0; }

  // What `control` offers, on the manager's own thread.
  [[nodiscard]] command_router& commands() noexcept { return commands_; }
  [[nodiscard]] reshard_runner& reshards() noexcept { return reshards_; }
  [[nodiscard]] gate_view view_gate() { return identifies_.view(); }
  awaitable<bool> all_workers_answer(runtime::time_point deadline) {
    return commands_.do_workers_answer(deadline);
  }

  /// Gives a shard away: its connection is closed so that whoever gets the session can resume it.
  /// Nothing if there is no session, or a reshard is under way.
  awaitable<std::optional<storage::stored_session>> release_shard(int shard_id,
                                                                  runtime::time_point deadline);
  /// Takes one on.
  void take_shard(storage::stored_session from);

  /// Reloaded settings, in force from now on; `handler_tls` is null unless it has changed.
  void apply(std::shared_ptr<const config::settings> changed,
             const std::shared_ptr<const net::tls_context>& handler_tls, int revision);

 private:
  using bot_result = boost::system::result<gateway_answer, std::string>;

  [[nodiscard]] shared_parts parts();
  identify_service::callbacks identify_callbacks();
  awaitable<bool> bring_up();
  awaitable<void> watch();
  awaitable<void> wait_for_stop();
  awaitable<void> stop_workers();
  void end(run_result result);

  // `/gateway/bot`.
  awaitable<std::optional<gateway_answer>> fetch_gateway_bot();
  /// Ends early when everything stops.
  awaitable<bot_result> ask_gateway();
  awaitable<void> ask_limit();
  void learn(const gateway_answer& told);

  void publish_figures();
  void report_progress();
  void expect_shards();

  // manager_fleet.cpp
  void make_fleet();
  awaitable<bool> join_fleet();
  awaitable<void> tell_fleet_limit();
  [[nodiscard]] std::shared_ptr<const fleet::fleet_view> view_fleet() const;

  // manager_messages.cpp
  void receive(manager_message message);
  void handle(const identify_wanted& message);
  void handle(const identify_was_sent& message);
  void handle(const identify_was_abandoned& message);
  void handle(const shard_state_changed& message);
  void handle(const shard_ended& message);
  void handle(const shard_refused& message);
  void handle(const worker_trouble& message);
  void handle(const worker_stopped& message);
  void handle(const reshard_report& message);
  void handle(events_forwarded message);
  void handle(worker_drained message);
  void handle(const left_delivered& message);
  void handle(shard_released message);
  void handle(const session_begun& message);
  void handle(const positions_reached& message);

  /// The answers to questions.
  template <class Answer>
  void handle(Answer message) {
    commands_.handle(std::move(message));
  }

  boost::asio::io_context& context_;
  manager_services services_;
  serving_set serving_;
  worker_pool workers_;
  configured_shards ours_;
  gateway_inquiry inquiry_;
  identify_service identifies_;
  command_router commands_;
  startup startup_;
  reshard_runner reshards_;
  std::unique_ptr<fleet::agent> agent_;      ///< null: all shards are this process's own
  std::unique_ptr<fleet_shards> fleet_;      ///< likewise
  identify_authority* authority_;            ///< the service of this process, or the fleet's
  boost::asio::steady_timer stop_event_;     ///< cancelled when stopping
  boost::asio::steady_timer stopped_event_;  ///< cancelled by each worker_stopped
  boost::asio::steady_timer figures_timer_;
  int revision_ = 1;
  bool stopping_ = false;
  std::string told_progress_;
  bool told_connected_ = false;
  run_result result_ = run_result::failed;  ///< unless somebody has asked for the end
};

}  // namespace gatehouse::cluster
