#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/events/event_type.hpp>
#include <gatehouse/events/session_log.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <string_view>
#include <vector>

namespace gatehouse::events {

/// A dispatch as its shard hands it over. The views need to live during the call only.
struct dispatch {
  std::string_view type;
  std::int64_t seq = 0;
  std::uint64_t guild_id = 0;
  std::string_view payload;      ///< the whole payload
  std::string_view body_prefix;  ///< `{"shardId":3,"message":`
};

struct pipeline_counters {
  std::vector<std::uint64_t> received;  ///< by event_type
  std::vector<std::uint64_t> filtered;  ///< by event_type: not forwarded on purpose
};

/// What lies between a shard and the delivery: filter, then one copy of the payload into an event.
/// One per worker; not thread-safe.
class pipeline {
 public:
  pipeline(const config::event_settings& settings, event_type_registry& types, event_pool& pool,
           event_sink& sink);

  void handle(const session_log_ptr& session, const dispatch& received, runtime::time_point now);
  [[nodiscard]] bool congested() const noexcept { return sink_.congested(); }
  [[nodiscard]] const pipeline_counters& counters() const noexcept { return counters_; }

 private:
  enum class verdict : std::uint8_t { forward, drop };

  void add_rule(const std::vector<std::string>& names, verdict rule);
  verdict judge(event_type type) const noexcept;

  event_type_registry& types_;
  event_pool& pool_;
  event_sink& sink_;
  event_type ready_;
  verdict default_;
  std::vector<verdict> rules_;  ///< by event_type; what is beyond its end falls under `default_`
  pipeline_counters counters_;
};

}  // namespace gatehouse::events
