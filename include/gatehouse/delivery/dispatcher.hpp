#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/delivery/reporter.hpp>
#include <gatehouse/delivery/statistics.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/events/event_type.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/runtime/random.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace gatehouse::delivery {

/// Takes an event that its handler will never accept, before it is destroyed.
using refused_sink =
    std::function<void(const events::event& event, int status, std::string_view reason)>;

/// Gets one worker's events to the HTTP handlers: at least once, in order within their lanes, each
/// handler URL independent of the others. Everything happens on the thread that runs the
/// io_context.
///
/// Order of life: construct, `accept` events, `begin_stop`; after `stopped` was called nothing of
/// it is pending in the io_context any more. Without a stop it must not be destroyed before the
/// last handler of the io_context has run.
class dispatcher final : public events::event_sink {
 public:
  struct options {
    config::handler_settings handlers;
    config::queue_settings queue;
    std::vector<config::event_route> routes;
    std::string user_agent;
    /// For https; may be null when no URL needs it, must outlive the dispatcher.
    const net::tls_context* tls = nullptr;
    refused_sink on_refused;  ///< may be empty
  };

  /// `types`, `events` and `io` must outlive it. Throws std::invalid_argument for a URL that does
  /// not parse, or https without `tls`.
  dispatcher(boost::asio::io_context& io, options chosen, events::event_type_registry& types,
             runtime::random_source random, reporter& events);
  ~dispatcher() override;
  dispatcher(const dispatcher&) = delete;
  dispatcher& operator=(const dispatcher&) = delete;

  void accept(events::event_ptr accepted) override;
  [[nodiscard]] bool congested() const noexcept override;

  /// Sends nothing new. Requests under way may finish until `deadline`; then their connections are
  /// closed and their events count as undelivered. `stopped` is called through the io_context.
  void begin_stop(runtime::time_point deadline, std::function<void()> stopped);

  /// Undelivered events by shard.
  [[nodiscard]] std::map<int, std::size_t> undelivered() const;
  [[nodiscard]] statistics snapshot() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gatehouse::delivery
