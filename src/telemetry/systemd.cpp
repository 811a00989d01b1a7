#include <gatehouse/telemetry/systemd.hpp>

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

namespace gatehouse::telemetry {
namespace {

void notify(const std::string& state) {
  sd_notify(0, state.c_str());
}

}  // namespace

systemd_notifier::systemd_notifier() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) > 0) {
    interval_ = std::chrono::microseconds{microseconds / 2};
  }
}

void systemd_notifier::ready() const {
  notify("READY=1");
}

void systemd_notifier::status(std::string_view text) const {
  // A line break would begin another assignment.
  std::string line{text};
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
  notify("STATUS=" + line);
}

void systemd_notifier::reloading() const {
  // Type=notify-reload tells this reload from an earlier one by the time; steady_clock is
  // CLOCK_MONOTONIC here.
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch());
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
}

void systemd_notifier::stopping() const {
  notify("STOPPING=1");
}

void systemd_notifier::ping() const {
  notify("WATCHDOG=1");
}

}  // namespace gatehouse::telemetry
