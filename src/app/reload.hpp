#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <string>

namespace gatehouse::app {

/// SIGHUP: reads the configuration file again, all or nothing. A file with a problem changes
/// nothing; otherwise the log level takes effect at once, and what needs a restart is named.
class reloader {
 public:
  reloader(std::string path, config::settings running, telemetry::logging& logging,
           telemetry::logger log);

  void reload();
  /// 1 at start, one more with every successful reload.
  [[nodiscard]] int revision() const noexcept { return revision_; }

 private:
  void apply(const config::settings& wanted);

  std::string path_;
  config::settings running_;
  telemetry::logging& logging_;
  telemetry::logger log_;
  int revision_ = 1;
};

}  // namespace gatehouse::app
