#pragma once

#include <gatehouse/cluster/delivery_log.hpp>
#include <gatehouse/cluster/generation_switch.hpp>
#include <gatehouse/cluster/messages.hpp>
#include <gatehouse/cluster/metrics_board.hpp>
#include <gatehouse/config/settings.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/delivery/dispatcher.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/events/event_type.hpp>
#include <gatehouse/events/pipeline.hpp>
#include <gatehouse/interactions/callback_responder.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/shard/shard.hpp>
#include <gatehouse/storage/persistence.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::delivery {
class event_streams;
}

namespace gatehouse::cluster {

/// What all workers are built from.
struct worker_services {
  std::shared_ptr<const config::settings> settings;
  const net::tls_context& discord_tls;
  std::shared_ptr<const net::tls_context> handler_tls;
  delivery::event_streams* streams;  ///< for `jetstream:` handlers; null: no `nats.servers`
  storage::persistence& persistence;
  storage::session_keeper* sessions;  ///< null: nothing is stored
  metrics_board& metrics;
  telemetry::logger log;
  std::string user_agent;
  manager_mailbox to_manager;
  const controllers::decision_points& decisions;
};

/// What an earlier run has left in the spool, filled by the same routes as now or by others.
struct left_queues {
  std::vector<storage::queue_summary> queues;
  bool has_same_routes = true;
};

/// One thread with its own io_context, its shards and its delivery. An event never leaves the
/// thread on which its shard received it; only the messages of messages.hpp come and go.
///
/// An exception that gets out of a handler is reported as worker_trouble and the thread goes on.
class worker final : private shard::shard_observer {
 public:
  /// `left`: what an earlier run has left of its shards' queues in the spool.
  worker(int id, worker_services services, const left_queues& left);
  /// Ends the thread if it still runs, without waiting for anything under way.
  ~worker() override;
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  void start();
  /// From any thread.
  void post(worker_message message);
  /// After worker_stopped: waits for the thread, which ends at once then.
  void join();

 private:
  void run();
  void run_contained();

  void handle(start_shard message);
  void handle(end_session message);
  void handle(end_sessions_now message);
  void handle(const release_shard& message);
  void handle(const drop_shard& message);
  void handle(const withdraw_leave& message);
  void handle(const set_gateway_url& message);
  void handle(const identify_granted& message);
  void handle(const ping& message);
  void handle(stop_worker message);
  void handle(apply_settings message);
  void handle(begin_reshard message);
  void handle(compare_generations message);
  void handle(const forwarded_elsewhere& message);
  void handle(stop_forwarding message);
  void handle(go_on_forwarding message);
  void handle(const serve_generation& message);
  void handle(const left_delivered& message);
  void handle(end_generation message);
  void handle(end_reshard message);

  // Commands to Discord (worker_commands.cpp).
  void handle(shard_payload message);
  void handle(const request_members& message);
  void handle(const join_voice& message);
  void handle(set_presence message);
  void handle(const reconnect_shard& message);
  void tell_begun(std::uint64_t nonce, int shard_id, shard::request_begun begun);
  void on_request_ended(gateway::shard_key shard, gateway::request_ended ended) override;

  gateway::session_config make_session_config(int shard_id, int total_shards,
                                              const std::string& gateway_url) const;
  void add_shard(gateway::shard_key key, gateway::session_config config,
                 std::optional<storage::stored_session> from);
  /// The delivery is congested no longer: shards that pause read on.
  void resume_reading();
  delivery::dispatcher::options delivery_options();

  // Figures for others (worker_metrics.cpp).
  [[nodiscard]] shard::shard_status status_of(const shard::shard& asked) const;
  void publish_metrics();
  void publish_soon();
  void publish_figures();
  [[nodiscard]] std::vector<event_count> count_events() const;

  // Sessions on disk, and their end (worker_sessions.cpp).
  void plan_checkpoint();
  void checkpoint();
  void save(std::vector<storage::session_change> changes);
  void hold_until_stored(gateway::shard_key shard);
  void let_go_of_stored(gateway::shard_key shard);
  void let_go_of_late();
  void on_saved(const std::vector<storage::session_change>& changes, bool is_saved);
  void end_emptied(gateway::shard_key shard);
  boost::asio::awaitable<void> remove_when_closed(gateway::shard_key shard);
  boost::asio::awaitable<void> wait_until_closed(gateway::shard_key shard);
  void forget(gateway::shard_key shard);
  boost::asio::awaitable<void> release(release_shard asked);
  [[nodiscard]] std::optional<storage::stored_session> take_session(gateway::shard_key shard);

  // For heirs on other machines (worker_fleet.cpp).
  [[nodiscard]] bool is_in_fleet() const noexcept { return services_.settings->cluster.enabled; }
  void tell_positions();
  void tell_session(gateway::shard_key shard);
  [[nodiscard]] bool is_on_disk(int shard_id) const;
  [[nodiscard]] std::optional<storage::stored_session> session_for_heir(
      gateway::shard_key shard, std::optional<storage::stored_session> stored) const;
  boost::asio::awaitable<void> drop(gateway::shard_key shard);

  // Two generations of shards (worker_reshard.cpp).
  void report_reshard();
  void check_drained();
  [[nodiscard]] bool is_undelivered_safe() const;
  void wait_for_left(const serve_generation& message);
  void watch_left();
  [[nodiscard]] std::optional<std::vector<storage::session_change>> take_coming_sessions();
  void end_shard(gateway::shard_key shard);
  [[nodiscard]] bool is_waited_for(gateway::shard_key shard) const;
  boost::asio::awaitable<void> end_when_quiet(gateway::shard_key shard);

  // worker_stop.cpp
  void check_stopped();
  [[nodiscard]] bool has_connections() const;
  void wait_a_moment();

  void on_request_identify(gateway::shard_key shard) override;
  gateway::identify_grant take_grant(gateway::shard_key shard);
  void on_identify_sent(gateway::shard_key shard) override;
  void on_identify_abandoned(gateway::shard_key shard) override;
  void on_state(gateway::shard_key shard, gateway::shard_state state) override;
  void on_refused(gateway::shard_key shard, std::uint16_t code) override;
  void on_session_started(gateway::shard_key shard) override;

  int id_;
  worker_services services_;
  // From here on in the order of construction: what refers to something stands behind it.
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  events::event_type_registry types_;
  events::event_pool pool_;
  delivery_log delivery_log_;
  interactions::callback_responder responder_;
  std::vector<std::shared_ptr<const net::tls_context>> former_tls_;  ///< connections may use them
  std::unique_ptr<delivery::dispatcher> dispatcher_;
  events::pipeline pipeline_;
  shard::shard_services shard_services_;
  std::string presence_;  ///< as of now, for shards that are still to come
  std::map<gateway::shard_key, std::unique_ptr<shard::shard>> shards_;
  std::map<gateway::shard_key, std::uint64_t> grants_;  ///< that are not used yet, by their id
  shard_totals ended_;                                  ///< of those that are gone
  std::set<gateway::shard_key> emptying_;
  int serving_ = 0;                                ///< the generation that is heard and stored
  int coming_ = 0;                                 ///< while resharding: the other one
  std::set<gateway::shard_key> ending_;            ///< of a generation that is not wanted any more
  std::unique_ptr<generation_switch> switch_;      ///< while resharding
  std::vector<storage::session_change> switched_;  ///< what the switch stores of the new sessions
  runtime::time_point draining_since_{};
  std::vector<left_queue> left_;    ///< by this worker, of an earlier set of shards
  std::int64_t left_position_ = 0;  ///< of the newest event of it
  /// Of new shards, and what older ones have left that goes first.
  std::map<delivery::dispatcher::queue_name, std::set<left_queue>> waiting_for_left_;
  bool is_draining_ = false;  ///< nothing is to be stored until it is clear for whom
  boost::asio::steady_timer report_timer_;
  boost::asio::steady_timer drain_timer_;
  boost::asio::steady_timer left_timer_;
  boost::asio::steady_timer metrics_timer_;
  boost::asio::steady_timer new_shard_timer_;
  bool is_published_soon_ = false;
  boost::asio::steady_timer checkpoint_timer_;
  std::size_t saves_ = 0;  ///< under way
  struct unstored_session {
    runtime::time_point began{};
    std::vector<delivery::dispatcher::queue_name> held;
  };
  /// Their events wait until a start would know of them.
  std::map<gateway::shard_key, unstored_session> unstored_;
  /// What heirs know of the sessions here; empty without `cluster.enabled`.
  struct told_position {
    std::string session_id;  ///< empty: none
    std::int64_t seq = 0;
  };
  std::map<gateway::shard_key, told_position> told_;
  std::uint64_t known_replacements_ = 0;  ///< of the store's file by an empty one
  boost::asio::steady_timer stop_timer_;
  runtime::time_point stop_deadline_{};
  enum class phase { running, delivering, saving, stopped };
  phase now_in_ = phase::running;
  std::thread thread_;
};

}  // namespace gatehouse::cluster
