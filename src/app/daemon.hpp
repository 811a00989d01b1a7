#pragma once

#include "daemon_control.hpp"
#include "reload.hpp"
#include "watchdog.hpp"

#include <gatehouse/admin/admin_server.hpp>
#include <gatehouse/admin/figure_history.hpp>
#include <gatehouse/admin/routes_metrics.hpp>
#include <gatehouse/cluster/manager.hpp>
#include <gatehouse/cluster/status_board.hpp>
#include <gatehouse/config/loader.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/delivery/event_streams.hpp>
#include <gatehouse/nats/engine.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/rest/rest_client.hpp>
#include <gatehouse/storage/persistence.hpp>
#include <gatehouse/telemetry/logging.hpp>
#include <gatehouse/telemetry/systemd.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>

namespace gatehouse::app {

/// The composition root: the only place that knows every module. Members stand in the order of
/// their construction and are destroyed in reverse.
class daemon {
 public:
  /// Throws std::runtime_error for what the configuration names but the machine does not give: a
  /// log file, a CA file, an address to listen on.
  daemon(config::source from, const config::loaded& config);

  /// Runs until stopped; returns the exit code.
  int run();

 private:
  [[nodiscard]] admin::daemon_figures figures() const;
  void sample_figures();
  void log_start() const;
  int close(int exit_code);
  void wait_for_signal();
  void on_signal(int number);
  void apply(std::shared_ptr<const config::settings> changed,
             const std::shared_ptr<const net::tls_context>& handler_tls, int revision);
  cluster::reload_result reload();

  std::shared_ptr<const config::settings> settings_;
  telemetry::systemd_notifier systemd_;
  telemetry::logging logging_;
  telemetry::logger log_;
  net::tls_context discord_tls_;
  std::shared_ptr<const net::tls_context> handler_tls_;
  std::unique_ptr<nats::engine> nats_;                ///< null: no `nats.servers`
  std::unique_ptr<delivery::event_streams> streams_;  ///< likewise
  boost::asio::io_context context_{1};
  cluster::status_board board_;
  cluster::metrics_board metrics_;
  controllers::decision_points decisions_;
  storage::persistence persistence_;
  rest::rest_client rest_;
  cluster::manager manager_;
  reloader reloader_;
  admin::figure_history history_;
  boost::asio::steady_timer history_timer_{context_};
  daemon_control control_;
  std::unique_ptr<admin::admin_server> admin_;  ///< null: switched off
  watchdog watchdog_;
  boost::asio::signal_set signals_;
  bool stopping_ = false;
  std::optional<runtime::time_point> stop_began_;  ///< by a signal
};

}  // namespace gatehouse::app
