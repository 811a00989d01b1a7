#include "scripted_handler.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cstdlib>
#include <cstring>
#include <unistd.h>
#include <utility>

namespace gatehouse::delivery::testing {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

std::string received_request::header(std::string_view name) const {
  const auto begin = head.find("\r\n" + std::string{name} + ": ");
  if (begin == std::string::npos) return {};
  const auto value = begin + name.size() + 4;
  return head.substr(value, head.find("\r\n", value) - value);
}

reaction status(int code, std::string_view headers) {
  return {"HTTP/1.1 " + std::to_string(code) + " x\r\n" + std::string{headers} +
              "Content-Length: 0\r\n\r\n",
          false, false};
}

reaction silence() {
  return {};
}

scripted_handler::scripted_handler(asio::io_context& io) : io_(io) {
  start();
}

scripted_handler::scripted_handler(asio::io_context& io, std::string socket_path)
    : io_(io), socket_path_(std::move(socket_path)) {
  start();
}

scripted_handler::~scripted_handler() {
  kill();
}

std::string scripted_handler::url(std::string_view path) const {
  const std::string at = socket_path_.empty() ? "http://127.0.0.1:" + std::to_string(port_)
                                              : "http+unix://" + socket_path_ + ":";
  return at + std::string{path};
}

void scripted_handler::start() {
  if (socket_path_.empty()) {
    listen(tcp::endpoint{asio::ip::address_v4::loopback(), port_}, tcp::v4());
    const auto bound = acceptor_->local_endpoint();
    tcp::endpoint address;
    std::memcpy(address.data(), bound.data(), bound.size());
    port_ = address.port();
  } else {
    ::unlink(socket_path_.c_str());
    listen(asio::local::stream_protocol::endpoint{socket_path_}, asio::local::stream_protocol{});
  }
}

void scripted_handler::listen(const protocol::endpoint& where, const protocol& kind) {
  acceptor_ = std::make_shared<acceptor_type>(io_, kind);
  acceptor_->set_option(asio::socket_base::reuse_address{true});
  acceptor_->bind(where);
  acceptor_->listen();
  asio::co_spawn(io_, accept_loop(acceptor_), asio::detached);
}

void scripted_handler::stop() {
  acceptor_->close();
}

void scripted_handler::kill() {
  acceptor_->close();
  for (const auto& each : peers_) {
    if (const auto client = each.lock()) client->socket.close();
  }
}

void scripted_handler::say(std::size_t connection, std::string_view bytes) {
  if (const auto client = peers_.at(connection).lock()) {
    boost::system::error_code ignored;
    asio::write(client->socket, asio::buffer(bytes), ignored);
  }
}

void scripted_handler::hang_up(std::size_t connection) {
  if (const auto client = peers_.at(connection).lock()) client->socket.close();
}

asio::awaitable<void> scripted_handler::accept_loop(std::shared_ptr<acceptor_type> acceptor) {
  for (;;) {
    auto client = std::make_shared<peer>(peer{protocol::socket{io_}, 0});
    const auto [error] = co_await acceptor->async_accept(client->socket, use_tuple);
    if (error) co_return;
    client->number = accepted++;
    peers_.push_back(client);
    asio::co_spawn(io_, serve(std::move(client)), asio::detached);
  }
}

asio::awaitable<void> scripted_handler::serve(std::shared_ptr<peer> client) {
  std::string input;
  std::vector<char> chunk(65'536);
  for (;;) {
    const auto [error, bytes] = co_await client->socket.async_read_some(
        asio::buffer(chunk.data(), chunk.size()), use_tuple);
    if (error) co_return;
    input.append(chunk.data(), bytes);
    for (;;) {
      const auto head_end = input.find("\r\n\r\n");
      if (head_end == std::string::npos) break;
      received_request request{client->number, input.substr(0, head_end + 2), ""};
      const auto body_bytes = std::strtoul(request.header("Content-Length").c_str(), nullptr, 10);
      if (input.size() < head_end + 4 + body_bytes) break;
      request.body = input.substr(head_end + 4, body_bytes);
      input.erase(0, head_end + 4 + body_bytes);
      requests.push_back(request);
      if (!react(*client, request)) co_return;
    }
  }
}

bool scripted_handler::react(peer& client, const received_request& request) {
  const reaction wanted = on_request ? on_request(request) : status(204);
  boost::system::error_code ignored;
  asio::write(client.socket, asio::buffer(wanted.bytes), ignored);
  if (wanted.resets) client.socket.set_option(asio::socket_base::linger{true, 0}, ignored);
  if (wanted.resets || wanted.closes) client.socket.close(ignored);
  return client.socket.is_open();
}

}  // namespace gatehouse::delivery::testing
