#pragma once

#include "stream_exchange.hpp"

#include <gatehouse/config/settings.hpp>
#include <gatehouse/delivery/request_encoder.hpp>
#include <gatehouse/delivery/routing.hpp>
#include <gatehouse/delivery/verdict.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/net/http_client.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/storage/dead_letters.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace gatehouse::app {

/// What a handler says to a letter.
struct letter_answer {
  delivery::decision what{};
  std::string url;     ///< who was asked, as it may be logged
  int status = 0;      ///< 0: none came
  std::string text;    ///< in words
  std::string body{};  ///< what the answer's began with
  std::size_t request_bytes = 0;
};

/// Sends dead letters as the daemon would send the events now: to the handler that the
/// configuration names for event and shard, with the same head and body, the attempt counted on.
/// Blocking, one at a time.
class letter_sender {
 public:
  explicit letter_sender(const config::settings& settings);

  letter_answer send(const storage::dead_letter& letter);

 private:
  /// A handler's URL.
  struct handler {
    handler(const net::url& to, const delivery::request_encoder::options& chosen,
            const net::tls_context& tls);
    const net::url url;
    delivery::request_encoder encoder;
    net::http_client client;
  };

  [[nodiscard]] std::uint16_t number_of(const storage::dead_letter& letter) const;
  letter_answer publish(const storage::dead_letter& letter, const net::url& to);
  handler& handler_of(const storage::dead_letter& letter);
  [[nodiscard]] net::http_request request_for(const storage::dead_letter& letter, handler& to);
  net::http_result exchange(handler& with, net::http_request request);

  const config::handler_settings settings_;
  const config::nats_settings nats_;
  const delivery::routing routing_;
  const net::tls_context tls_;
  events::event_pool pool_;
  boost::asio::io_context io_;
  std::map<std::uint16_t, handler> handlers_;
  std::optional<stream_exchange> streams_;  ///< once a letter goes to one
};

}  // namespace gatehouse::app
