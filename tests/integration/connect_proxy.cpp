#include "connect_proxy.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace gatehouse::test {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// Until one side ends.
asio::awaitable<void> relay(tcp::socket& from, tcp::socket& to) {
  std::array<char, 65'536> chunk;
  for (;;) {
    const auto [ended, size] = co_await from.async_read_some(asio::buffer(chunk), use_tuple);
    if (ended) co_return;
    const auto [broken, written] =
        co_await asio::async_write(to, asio::buffer(chunk.data(), size), use_tuple);
    if (broken) co_return;
  }
}

/// Of `CONNECT 127.0.0.1:443 HTTP/1.1`; 0: it is none.
std::uint16_t port_of(const std::string& request) {
  const auto end = request.find(" HTTP/1.1\r\n");
  const auto colon = request.rfind(':', end);
  const bool is_connect = request.starts_with("CONNECT 127.0.0.1:") && end != std::string::npos;
  return is_connect ? static_cast<std::uint16_t>(std::stoul(request.substr(colon + 1))) : 0;
}

asio::awaitable<void> answer(tcp::socket& client, std::string_view status) {
  const std::string text = "HTTP/1.1 " + std::string{status} + "\r\nVia: test\r\n\r\n";
  co_await asio::async_write(client, asio::buffer(text), use_tuple);
}

}  // namespace

connect_proxy::connect_proxy(std::string authorization)
    : authorization_(std::move(authorization)),
      acceptor_(loop_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}) {
  asio::co_spawn(loop_, accept_all(), asio::detached);
  thread_ = std::thread([this] { loop_.run(); });
}

connect_proxy::~connect_proxy() {
  loop_.stop();
  thread_.join();
}

std::string connect_proxy::address() const {
  return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
}

std::vector<std::uint16_t> connect_proxy::ports() const {
  const std::lock_guard lock{mutex_};
  return ports_;
}

bool connect_proxy::has_led_to(std::uint16_t port) const {
  const auto known = ports();
  return std::find(known.begin(), known.end(), port) != known.end();
}

asio::awaitable<void> connect_proxy::accept_all() {
  for (;;) {
    auto client = co_await acceptor_.async_accept(asio::use_awaitable);
    asio::co_spawn(loop_, serve(std::move(client)), asio::detached);
  }
}

asio::awaitable<void> connect_proxy::serve(tcp::socket client) {
  using namespace asio::experimental::awaitable_operators;
  std::string request;
  const auto [gone, size] =
      co_await asio::async_read_until(client, asio::dynamic_buffer(request), "\r\n\r\n", use_tuple);
  const auto port = gone ? std::uint16_t{0} : port_of(request);
  if (port == 0) co_return co_await answer(client, "405 Method Not Allowed");
  const bool is_known =
      authorization_.empty() ||
      request.find("\r\nProxy-Authorization: " + authorization_ + "\r\n") != std::string::npos;
  if (!is_known) co_return co_await answer(client, "407 Proxy Authentication Required");
  tcp::socket server{loop_};
  const auto [refused] =
      co_await server.async_connect({asio::ip::address_v4::loopback(), port}, use_tuple);
  if (refused) co_return co_await answer(client, "502 Bad Gateway");
  {
    const std::lock_guard lock{mutex_};
    ports_.push_back(port);
  }
  co_await answer(client, "200 Connection established");
  co_await (relay(client, server) || relay(server, client));
}

}  // namespace gatehouse::test
