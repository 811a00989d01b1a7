#pragma once

#include <gatehouse/delivery/reporter.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::cluster {

/// Writes what one worker's delivery has to tell into the log; of refused events, which may be
/// many, one line a second with the number of the others.
class delivery_log final : public delivery::reporter {
 public:
  delivery_log(int worker_id, telemetry::logger log);

  void handler_down(const std::string& url, std::string_view reason) override;
  void handler_up(const std::string& url, runtime::duration after) override;
  void misconfigured(const std::string& url, int status, std::string_view hint) override;
  void refused(const std::string& url, const std::string& event_id, std::string_view event_name,
               std::string_view reason) override;
  void stalled(const std::string& url, std::size_t waiting) override;
  void dropped(std::string_view event_name, delivery::drop_reason reason,
               std::uint64_t count) override;
  void spooled_lost(int shard_id, std::uint64_t events) override;
  void left_queued(int shard_id, std::size_t events, std::size_t safe) override;

 private:
  static constexpr runtime::seconds refused_interval{1};

  int worker_id_;
  telemetry::logger log_;
  std::uint64_t refused_untold_ = 0;
  runtime::time_point refused_told_ = runtime::time_point::min();
};

}  // namespace gatehouse::cluster
