#include "watchdog.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include <utility>

namespace gatehouse::app {

watchdog::watchdog(boost::asio::io_context& context, cluster::manager& manager,
                   const telemetry::systemd_notifier& systemd, telemetry::logger log)
    : timer_(context), manager_(manager), systemd_(systemd), log_(std::move(log)) {}

boost::asio::awaitable<void> watchdog::run() {
  const auto interval = systemd_.watchdog_interval();
  while (interval && !stopping_) {
    // Half of the interval for the answers leaves systemd's own deadline out of reach.
    const bool answered =
        co_await manager_.all_workers_answer(runtime::clock::now() + *interval / 2);
    if (answered) {
      systemd_.ping();
    } else {
      log_->error("a worker does not answer; without change systemd will restart the daemon");
    }
    timer_.expires_after(*interval / 2);
    co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

void watchdog::stop() {
  stopping_ = true;
  timer_.cancel();
}

}  // namespace gatehouse::app
