#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::delivery::testing {

struct received_request {
  std::size_t connection = 0;  ///< counted from 0 in the order of acceptance
  std::string head;
  std::string body;

  /// A header's value, empty without it.
  [[nodiscard]] std::string header(std::string_view name) const;
};

/// What a handler does about a request.
struct reaction {
  std::string bytes;    ///< sent as they are; empty: no answer
  bool closes = false;  ///< in order, after the bytes
  bool resets = false;  ///< by a TCP reset, after the bytes
};

reaction status(int code, std::string_view headers = "");
reaction silence();

/// An HTTP server for one test, on loopback or a unix socket, in the test's own io_context: it
/// records each request and answers as the test says. No timers, no threads.
class scripted_handler {
 public:
  explicit scripted_handler(boost::asio::io_context& io);
  scripted_handler(boost::asio::io_context& io, std::string socket_path);
  ~scripted_handler();
  scripted_handler(const scripted_handler&) = delete;
  scripted_handler& operator=(const scripted_handler&) = delete;

  [[nodiscard]] std::string url(std::string_view path = "/events") const;
  /// Stops listening (and may start again at the same address); `kill` cuts all connections too.
  void stop();
  void kill();
  void start();
  /// Sends bytes on a connection, or ends it, out of turn.
  void say(std::size_t connection, std::string_view bytes);
  void hang_up(std::size_t connection);

  std::function<reaction(const received_request&)> on_request;  ///< default: 204
  std::vector<received_request> requests;
  std::size_t accepted = 0;

 private:
  using protocol = boost::asio::generic::stream_protocol;
  using acceptor_type = boost::asio::basic_socket_acceptor<protocol>;
  struct peer {
    protocol::socket socket;
    std::size_t number;
  };

  void listen(const protocol::endpoint& where, const protocol& kind);
  boost::asio::awaitable<void> accept_loop(std::shared_ptr<acceptor_type> acceptor);
  boost::asio::awaitable<void> serve(std::shared_ptr<peer> client);
  bool react(peer& client, const received_request& request);

  boost::asio::io_context& io_;
  std::string socket_path_;
  std::uint16_t port_ = 0;
  std::shared_ptr<acceptor_type> acceptor_;
  std::vector<std::weak_ptr<peer>> peers_;
};

}  // namespace gatehouse::delivery::testing
