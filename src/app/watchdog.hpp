#pragma once

#include <gatehouse/cluster/manager.hpp>
#include <gatehouse/telemetry/logging.hpp>
#include <gatehouse/telemetry/systemd.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace gatehouse::app {

/// Tells systemd that the daemon is alive only while the main thread and every worker answer, so
/// that a hung thread leads to a restart, which resumes, and not to silence.
class watchdog {
 public:
  watchdog(boost::asio::io_context& context, cluster::manager& manager,
           const telemetry::systemd_notifier& systemd, telemetry::logger log);

  /// Runs until `stop`; ends at once where systemd asks for no watchdog.
  boost::asio::awaitable<void> run();
  void stop();

 private:
  boost::asio::steady_timer timer_;
  cluster::manager& manager_;
  const telemetry::systemd_notifier& systemd_;
  telemetry::logger log_;
  bool stopping_ = false;
};

}  // namespace gatehouse::app
