#pragma once

#include <gatehouse/net/channel.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/net/url.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::net {

struct http_request {
  std::string method = "GET";
  std::string target = "/";  ///< path and query
  /// Beyond Host, Content-Length and Connection, which the client writes itself.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct http_response {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// The first header of that name, in any case; the view lives as long as the response.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;
};

/// Why there is no answer.
struct http_failure {
  boost::system::error_code error;
  /// The request was sent whole: the peer may have done what it asks for, and the caller has to
  /// know before it is sent again.
  bool may_have_arrived = false;

  [[nodiscard]] std::string message() const { return error.message(); }
};
using http_result = boost::system::result<http_response, http_failure>;

struct http_client_options {
  std::size_t max_connections = 4;
  std::size_t max_body_bytes = 4UL << 20;  ///< of a response
  /// An idle connection is not used again after this: a firewall may have forgotten it by then.
  runtime::duration max_idle = runtime::seconds{30};
};

/// Requests to one origin over a bounded number of kept-alive connections, HTTP/1.1.
///
/// One thread; every `send` must have ended before the client is destroyed.
class http_client {
 public:
  using options = http_client_options;

  /// `tls` must outlive the client; it may be null for http and http+unix only, else
  /// std::invalid_argument is thrown. The target of `origin` is not used.
  http_client(url origin, const tls_context* tls, options limits = {});
  ~http_client();
  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// Sends the request and reads the answer, whatever its status. Beyond `max_connections` callers
  /// wait their turn, in order of arrival.
  ///
  /// `deadline` covers everything and ends it with `timed_out`; `operation_aborted` means that the
  /// calling coroutine has been cancelled. A kept connection that the peer has closed meanwhile is
  /// replaced once, without being noticed here, unless that might have a request carried out twice:
  /// a POST that was sent whole fails. Other errors: those of `dial`, of the transport, Beast's for
  /// malformed or oversized answers, and `invalid_argument` for a request whose method, target or
  /// headers would break its framing.
  boost::asio::awaitable<http_result> send(http_request request, runtime::time_point deadline);

  /// Closes what has been idle for longer than `max_idle`; returns how many are still kept. For an
  /// owner that may not send anything for a while: before a request is sent it happens by itself.
  std::size_t close_idle();
  [[nodiscard]] std::size_t idle_connections() const noexcept { return idle_.size(); }

 private:
  class turn;
  class waiter;
  struct idle_connection {
    channel connected;
    runtime::time_point since;
  };
  struct exchange_result;
  struct undertaking;
  using response_result = boost::system::result<http_response>;

  boost::asio::awaitable<response_result> run(undertaking& asked);
  boost::asio::awaitable<response_result> exchange_on_any(undertaking& asked);
  boost::asio::awaitable<exchange_result> exchange(channel& on, undertaking& asked);
  boost::asio::awaitable<bool> wait_for_turn();
  void pass_turn() noexcept;
  std::optional<channel> take_idle();

  url origin_;
  const tls_context* tls_;
  options options_;
  std::deque<idle_connection> idle_;  ///< the most recently used last
  std::size_t in_use_ = 0;
  std::deque<waiter*> waiting_;
};

}  // namespace gatehouse::net
