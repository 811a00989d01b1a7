#pragma once

#include <gatehouse/delivery/reporter.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/telemetry/logging.hpp>
#include <gatehouse/telemetry/repeat_limit.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace gatehouse::cluster {

/// Writes what one worker's delivery has to tell into the log. Of what may come often, refused
/// events and a handler that comes and goes, it writes the first lines of each URL and minute, and
/// sums up the others. On the worker's thread.
class delivery_log final : public delivery::reporter {
 public:
  delivery_log(int worker_id, telemetry::logger log);

  void handler_down(const std::string& url, std::string_view reason) override;
  void handler_up(const std::string& url, runtime::duration after) override;
  void misconfigured(const std::string& url, int status, std::string_view hint) override;
  void refused(const delivery::refused_event& event) override;
  void stalled(const std::string& url, std::size_t waiting) override;
  void dropped(std::string_view event_name, delivery::drop_reason reason,
               std::uint64_t count) override;
  void spooled_lost(int shard_id, std::uint64_t events) override;
  void left_queued(int shard_id, std::size_t events, std::size_t safe) override;

  /// Once a second: tells what was kept back, of minutes that have ended. `is_last`: of all.
  void summarize(runtime::time_point now, bool is_last = false);

 private:
  /// Of one URL.
  struct limits {
    telemetry::repeat_limit refusals;
    telemetry::repeat_limit changes;  ///< down and up again
  };

  void sum_up(const std::string& url, limits& of, runtime::time_point now, bool is_last);

  int worker_id_;
  telemetry::logger log_;
  std::map<std::string, limits, std::less<>> limits_;  ///< as many as there are URLs
};

}  // namespace gatehouse::cluster
