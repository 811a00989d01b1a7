#pragma once

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/sim/event_registry.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::sim {

struct event_handler_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;       ///< 0: chosen by the operating system
  std::string unix_path{};      ///< listen on this socket instead
  bool tls = false;             ///< with a certificate of its own, see ca_pem()
  std::string authorization{};  ///< exact Authorization header; others get 401. Empty: not checked
  bool check_order = true;      ///< read the running numbers
  std::shared_ptr<event_registry> registry{};  ///< compare each event with what was sent
  std::size_t keep_events = 0;                 ///< keep the first so many for inspection
};

/// What becomes of an answer.
enum class answer_fate {
  complete,
  close_after,  ///< answered completely, then the connection is closed
  cut,          ///< TCP reset in the middle of the answer
  reset,        ///< TCP reset instead of an answer
  hang,         ///< never answered; the connection stays open
};

struct handler_answer {
  unsigned status = 204;
  std::optional<std::string> retry_after{};  ///< the header's text
  runtime::milliseconds delay{0};
  answer_fate fate = answer_fate::complete;
};

/// Overrides the default answer for requests that carry a matching event.
struct answer_rule {
  handler_answer answer{};
  std::uint32_t times = 1;   ///< 0: until cleared
  std::string event_type{};  ///< empty: any
  std::optional<std::uint64_t> guild_id{};
};

struct received_event {
  runtime::time_point at{};
  std::uint32_t shard_id = 0;
  std::string event_id{};
  std::uint32_t attempt = 0;
  std::string deferred{};   ///< X-Gatehouse-Deferred, empty when absent
  std::string signature{};  ///< X-Gatehouse-Signature
  std::string type{};
  std::string message{};  ///< exact bytes
};

/// Events count when their request was answered with a 2xx.
struct handler_statistics {
  std::uint64_t connections = 0;
  std::uint64_t requests = 0;
  std::uint64_t refused_requests = 0;  ///< answered otherwise, or not at all
  std::uint64_t malformed_requests = 0;
  std::uint64_t events = 0;
  std::uint64_t largest_batch = 0;
  std::uint64_t bytes = 0;         ///< of bodies
  std::uint64_t numbered = 0;      ///< events with a running number
  std::uint64_t duplicates = 0;    ///< of them, seen before
  std::uint64_t out_of_order = 0;  ///< of them, after a later one of their guild
  std::uint64_t gaps = 0;          ///< numbers skipped and not seen since
  std::uint64_t matched = 0;       ///< compared with the registry, see event_registry::verdict
  std::uint64_t repeated = 0;
  std::uint64_t altered = 0;
  std::uint64_t unknown = 0;
  std::map<std::string, std::uint64_t, std::less<>> by_type{};
  std::vector<std::string> remarks{};  ///< the first few anomalies, in words
};

std::string to_json(const handler_statistics& numbers);

/// The receiving end of a bot: a small HTTP/1.1 server that checks what it is sent and answers as
/// told. Keep-alive, pipelining, single events and JSON-array batches, any envelope name.
///
/// Serves on its own thread from construction to destruction; every member function may be called
/// from any other thread. Throws boost::system::system_error when it cannot listen.
class event_handler {
 public:
  explicit event_handler(event_handler_options options = {});
  ~event_handler();
  event_handler(const event_handler&) = delete;
  event_handler& operator=(const event_handler&) = delete;

  [[nodiscard]] std::string url() const;  ///< for handlers.urls
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string ca_pem() const;

  void set_default_answer(const handler_answer& answer);
  void add_rule(const answer_rule& rule);
  void clear_rules();
  /// Closes the listener and every connection; the port stays ours to reopen. What counts as
  /// accepted is still answered, other requests are cut off.
  void stop_listening();
  void start_listening();
  /// Closes connections that wait for a request, as a server's keep-alive timeout does.
  void close_idle_connections();

  [[nodiscard]] handler_statistics statistics() const;
  [[nodiscard]] std::vector<received_event> events() const;
  /// Waits until the predicate holds for the statistics; false after the timeout.
  bool wait_until(const std::function<bool(const handler_statistics&)>& predicate,
                  std::chrono::milliseconds timeout) const;

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace gatehouse::sim
