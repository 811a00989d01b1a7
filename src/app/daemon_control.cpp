#include "daemon_control.hpp"

#include <gatehouse/cluster/crossing.hpp>

#include <utility>

namespace gatehouse::app {
namespace {

/// A coroutine, though it waits for nothing: it runs on the main thread.
template <class T>
boost::asio::awaitable<T> call(const std::function<T()>& function) {
  co_return function();
}

}  // namespace

daemon_control::daemon_control(boost::asio::any_io_executor main_thread, cluster::manager& manager,
                               configuration of)
    : manager_control(main_thread, manager),
      main_thread_(std::move(main_thread)),
      configuration_(std::move(of)) {}

cluster::control::awaitable<cluster::reload_result> daemon_control::reload() {
  return cluster::cross_over(main_thread_, call(configuration_.reload));
}

cluster::control::awaitable<cluster::config_view> daemon_control::get_config() {
  return cluster::cross_over(main_thread_, call(configuration_.view));
}

}  // namespace gatehouse::app
