#pragma once

#include <gatehouse/cluster/control.hpp>
#include <gatehouse/cluster/manager_control.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <string>

namespace gatehouse::app {

/// All that the admin port can ask for: commands and resharding from the manager, the configuration
/// from the daemon itself. Each call crosses over to the main thread, as in `manager_control`.
class daemon_control final : public cluster::manager_control {
 public:
  struct configuration {
    std::function<cluster::reload_result()> reload;
    std::function<cluster::config_view()> view;
  };
  daemon_control(boost::asio::any_io_executor main_thread, cluster::manager& manager,
                 configuration of);

  awaitable<cluster::reload_result> reload() override;
  awaitable<cluster::config_view> get_config() override;

 private:
  boost::asio::any_io_executor main_thread_;
  configuration configuration_;
};

}  // namespace gatehouse::app
