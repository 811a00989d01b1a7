#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <optional>
#include <string_view>

namespace gatehouse::telemetry {

/// Tells systemd how the service is doing (sd_notify(3)). Without NOTIFY_SOCKET in the environment
/// everything here does nothing. Never blocks for long, never fails; any thread.
class systemd_notifier {
 public:
  /// Reads the environment; call before other threads are started.
  systemd_notifier();

  /// Start-up is complete.
  void ready() const;
  /// One line for `systemctl status`. Line breaks become spaces.
  void status(std::string_view text) const;
  void reloading() const;  ///< a reload has begun; `ready` ends it
  void stopping() const;

  /// How often `ping` is due: half of what the unit's WatchdogSec allows. Nothing: no watchdog.
  [[nodiscard]] std::optional<runtime::duration> watchdog_interval() const { return interval_; }
  void ping() const;

 private:
  std::optional<runtime::duration> interval_;
};

}  // namespace gatehouse::telemetry
