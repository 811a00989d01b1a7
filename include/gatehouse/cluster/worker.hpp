#pragma once

#include <gatehouse/cluster/delivery_log.hpp>
#include <gatehouse/cluster/messages.hpp>
#include <gatehouse/config/settings.hpp>
#include <gatehouse/delivery/dispatcher.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/events/event_type.hpp>
#include <gatehouse/events/pipeline.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/shard/shard.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>

namespace gatehouse::cluster {

/// What all workers are built from. Immutable; outlives them.
struct worker_services {
  std::shared_ptr<const config::settings> settings;
  const net::tls_context& discord_tls;
  const net::tls_context& handler_tls;
  telemetry::logger log;
  std::string user_agent;
  manager_mailbox to_manager;
};

/// One thread with its own io_context, its shards and its delivery. An event never leaves the
/// thread on which its shard received it; only the messages of messages.hpp come and go.
///
/// An exception that gets out of a handler is reported as worker_trouble and the thread goes on.
class worker final : private shard::shard_observer {
 public:
  worker(int id, worker_services services);
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

  void handle(identify_shard message);
  void handle(allow_identify message);
  void handle(const shard_payload& message);
  void handle(get_shard_info message);
  void handle(stop_worker message);
  payload_outcome send_payload(const shard_payload& message, std::string& error);
  gateway::session_config make_session_config(const identify_shard& message) const;

  void check_stopped();

  void on_request_identify(int shard_id) override;
  void on_identify_sent(int shard_id) override;
  void on_identify_abandoned(int shard_id) override;
  void on_state(int shard_id, gateway::shard_state state) override;
  void on_refused(int shard_id, std::uint16_t code) override;

  int id_;
  worker_services services_;
  // From here on in the order of construction: what refers to something stands behind it.
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  events::event_type_registry types_;
  events::event_pool pool_;
  delivery_log delivery_log_;
  delivery::dispatcher dispatcher_;
  events::pipeline pipeline_;
  shard::shard_services shard_services_;
  std::map<int, std::unique_ptr<shard::shard>> shards_;
  boost::asio::steady_timer stop_timer_;
  bool stopping_ = false;
  bool delivery_stopped_ = false;
  std::thread thread_;
};

}  // namespace gatehouse::cluster
