#pragma once

#include <gatehouse/cluster/gateway_inquiry.hpp>
#include <gatehouse/cluster/identify_service.hpp>
#include <gatehouse/cluster/messages.hpp>
#include <gatehouse/cluster/metrics_board.hpp>
#include <gatehouse/cluster/placement.hpp>
#include <gatehouse/cluster/reshard.hpp>
#include <gatehouse/cluster/status_board.hpp>
#include <gatehouse/cluster/worker.hpp>
#include <gatehouse/config/settings.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/rest/rest_client.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::cluster {

/// Why the manager's run ended.
enum class run_result {
  stopped,  ///< as asked
  refused,  ///< Discord refuses this bot for good: starting again would not help
  failed,   ///< anything else; starting again may help
};

struct manager_services {
  std::shared_ptr<const config::settings> settings;
  rest::rest_client& rest;
  status_board& board;
  metrics_board& metrics;
  telemetry::logger log;
  const net::tls_context& discord_tls;
  std::shared_ptr<const net::tls_context> handler_tls;
  storage::persistence& persistence;
  telemetry::logger worker_log;
  std::string user_agent;
  /// Told how far the shards are, in one line for `systemctl status`.
  std::function<void(const std::string&)> on_progress;
  const controllers::decision_points& decisions;
};

/// Resumes what an earlier run has left, fetches what `/gateway/bot` says, spreads the shards over
/// workers, and keeps the identify gate for all of them. Lives on the main thread.
class manager {
 public:
  manager(boost::asio::io_context& context, manager_services services);
  ~manager();
  manager(const manager&) = delete;
  manager& operator=(const manager&) = delete;

  /// Runs until `request_stop` or until Discord refuses the bot, then stops the workers.
  boost::asio::awaitable<run_result> run();

  /// Graceful: requests under way get until `stop_grace`, sessions stay resumable.
  void request_stop();
  static constexpr runtime::seconds stop_grace{5};

  /// Whether every worker's thread answers before `deadline`.
  boost::asio::awaitable<bool> all_workers_answer(runtime::time_point deadline);
  /// False if a worker's thread is still running after `run`.
  [[nodiscard]] bool all_stopped() const noexcept { return workers_running_ == 0; }

  // What `control` offers, on the manager's own thread (manager_commands.cpp).
  /// For a worker to say what has become of something; requests end within their own time.
  static constexpr runtime::seconds answer_deadline{5};
  template <class T>
  using awaitable = boost::asio::awaitable<T>;
  awaitable<command_result> send_payload(int shard_id, std::string text);
  awaitable<std::vector<command_result>> set_presence(std::string presence);
  awaitable<request_result> request_members(std::uint64_t guild_id, std::string body);
  awaitable<command_result> stream_members(std::uint64_t guild_id, std::string body);
  awaitable<request_result> join_voice(std::uint64_t guild_id, std::uint64_t channel_id,
                                       bool self_mute, bool self_deaf);
  awaitable<command_result> leave_voice(std::uint64_t guild_id);
  awaitable<command_result> reconnect(int shard_id, gateway::reconnect_mode mode);
  [[nodiscard]] std::optional<int> find_shard(std::optional<std::uint64_t> guild_id) const;
  [[nodiscard]] gate_view view_gate() { return identifies_.view(); }

  /// Reloaded settings, in force from now on; `handler_tls` is null unless it has changed.
  void apply(std::shared_ptr<const config::settings> changed,
             const std::shared_ptr<const net::tls_context>& handler_tls, int revision);

  // Resharding, on the manager's thread; see `control`.
  boost::asio::awaitable<reshard_answer> start_reshard(int wanted, bool is_dry_run);
  bool cancel_reshard();
  [[nodiscard]] reshard_progress reshard_status() const;

 private:
  struct question;

  boost::asio::awaitable<std::optional<gateway_answer>> fetch_gateway_bot();
  boost::asio::awaitable<void> wait_for_stop();
  boost::asio::awaitable<void> watch();
  void learn(const gateway_answer& told);
  boost::asio::awaitable<void> stop_workers();

  // The start (manager_start.cpp).
  void start_queues();
  boost::asio::awaitable<void> start_from_stored();
  boost::asio::awaitable<void> retire(std::vector<storage::stored_session> sessions,
                                      const std::string& gateway_url);
  void resume(const shard_plan& plan, std::vector<storage::stored_session> sessions,
              const std::string& gateway_url);
  bool start_shards(const gateway_answer& told);
  void start_shard(int shard_id, std::optional<storage::stored_session> from,
                   const std::string& gateway_url);
  [[nodiscard]] const std::string& gateway_url_or(const std::string& fetched) const;
  worker& worker_for(int worker_id);
  /// The worker of a shard id, decided once.
  int place(int shard_id);
  [[nodiscard]] int count_shards(int configured, const rest::gateway_bot& bot) const;
  void end(run_result result);

  // Resharding (manager_reshard.cpp).
  [[nodiscard]] bool holds_all_shards() const;
  [[nodiscard]] std::string reshard_obstacle() const;
  [[nodiscard]] std::size_t fullest_shard() const;
  [[nodiscard]] reshard_answer decide_reshard(int wanted, bool is_dry_run,
                                              const rest::gateway_bot& bot);
  [[nodiscard]] std::string note_on_configured(int total) const;
  void judge_reshard(reshard_answer& answer);
  void begin_reshard_to(int total);
  template <class Input>
  void step_reshard(Input&& input);
  template <class Message>
  void post_to_all(const Message& message);
  void perform(reshard::actions todo);
  void perform(reshard::start_shards wanted);
  void perform(reshard::compare wanted);
  void perform(reshard::stop_forwarding wanted);
  void perform(reshard::go_on_forwarding wanted);
  void perform(reshard::save_sessions wanted);
  void perform(reshard::serve wanted);
  void perform(reshard::retire wanted);
  void perform(reshard::finish ended);
  void arm_reshard();
  void tell_reshard(gateway::shard_key shard, gateway::shard_state state);
  void roll_back_reshard(const std::string& why);
  boost::asio::awaitable<void> finish_saving();
  boost::asio::awaitable<void> watch_fullness();
  boost::asio::awaitable<void> check_fullness();
  boost::asio::awaitable<void> replan();

  void receive(manager_message message);
  void handle(const identify_wanted& message);
  void handle(const identify_was_sent& message);
  void handle(const identify_was_abandoned& message);
  void handle(const shard_state_changed& message);
  void handle(const shard_retired& message);
  void handle(const shard_refused& message);
  void handle(shard_payload_result message);
  void handle(presence_result message);
  void handle(request_under_way message);
  void handle(request_done message);
  void handle(const pong& message);
  void handle(const worker_trouble& message);
  void handle(const worker_stopped& message);
  void handle(const reshard_report& message);
  void handle(events_forwarded message);
  void handle(worker_drained message);

  [[nodiscard]] identify_question identify_of(gateway::shard_key key) const;
  identify_service::callbacks identify_callbacks();
  /// Ends early when everything stops.
  boost::asio::awaitable<boost::system::result<gateway_answer, std::string>> ask_gateway();
  boost::asio::awaitable<void> ask_limit();
  void publish_figures();
  void report_progress();
  /// For a log line: "shard 7 of 20", "shard 7 of 20, new set".
  [[nodiscard]] std::string name_of(gateway::shard_key shard) const;
  std::uint64_t ask(question& asked);
  template <class Message>
  std::uint64_t pose(question& asked, worker& to, Message message);
  void abandon_questions();
  [[nodiscard]] worker* worker_of_serving(int shard_id);
  template <class Message>
  awaitable<command_result> ask_shard(Message message);
  template <class Message>
  awaitable<request_result> ask_discord(Message message);
  boost::asio::awaitable<void> wait_for_answers(question& asked, runtime::time_point deadline);

  boost::asio::io_context& context_;
  manager_services services_;
  gateway_inquiry inquiry_;
  identify_service identifies_;
  boost::asio::steady_timer stop_event_;     ///< cancelled when stopping
  boost::asio::steady_timer stopped_event_;  ///< cancelled by each worker_stopped
  boost::asio::steady_timer retired_event_;  ///< cancelled by each shard_retired
  std::map<int, left_queues> left_;          ///< by worker, at start
  std::map<int, std::unique_ptr<worker>> workers_;
  std::map<int, int> worker_of_shard_;
  std::map<int, int> places_;  ///< worker by shard id, also of shards that are gone
  std::set<int> retiring_;
  int total_shards_ = 0;     ///< in use, or that stored sessions or a reshard ask for; 0: none
  int serving_ = 0;          ///< the generation that serves
  std::string gateway_url_;  ///< for new sessions
  bool needs_more_shards_ = false;  ///< 4011 at the start
  std::unique_ptr<reshard> reshard_;
  std::string last_reshard_;
  boost::asio::steady_timer reshard_timer_;
  boost::asio::steady_timer saved_event_;  ///< cancelled when the sessions have changed hands
  std::map<std::uint64_t, question*> questions_;
  std::uint64_t last_nonce_ = 0;
  std::optional<std::string> presence_;  ///< as changed; for workers that are still to come
  std::size_t workers_running_ = 0;
  boost::asio::steady_timer figures_timer_;
  int revision_ = 1;
  bool stopping_ = false;
  bool told_exhausted_ = false;
  bool told_connected_ = false;
  run_result result_ = run_result::failed;  ///< unless somebody has asked for the end
};

}  // namespace gatehouse::cluster
