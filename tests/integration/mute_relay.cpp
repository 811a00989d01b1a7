#include "mute_relay.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <utility>

namespace gatehouse::test {
namespace {

namespace asio = boost::asio;
constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

mute_relay::mute_relay(std::uint16_t server_port)
    : server_port_(server_port),
      acceptor_(loop_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}) {
  asio::co_spawn(loop_, accept_all(), asio::detached);
  thread_ = std::thread([this] { loop_.run(); });
}

mute_relay::~mute_relay() {
  loop_.stop();
  thread_.join();
}

std::uint16_t mute_relay::port() const {
  return acceptor_.local_endpoint().port();
}

asio::awaitable<void> mute_relay::accept_all() {
  for (;;) {
    auto client = co_await acceptor_.async_accept(asio::use_awaitable);
    asio::co_spawn(loop_, serve(std::move(client)), asio::detached);
  }
}

asio::awaitable<void> mute_relay::serve(tcp::socket client) {
  using namespace asio::experimental::awaitable_operators;
  tcp::socket server{loop_};
  const auto [refused] =
      co_await server.async_connect({asio::ip::address_v4::loopback(), server_port_}, use_tuple);
  if (refused) co_return;
  co_await (forward(client, server, false) || forward(server, client, true));
}

/// Until one side ends.
asio::awaitable<void> mute_relay::forward(tcp::socket& from, tcp::socket& to, bool may_lose) {
  std::array<char, 65'536> chunk;
  for (;;) {
    const auto [ended, size] = co_await from.async_read_some(asio::buffer(chunk), use_tuple);
    if (ended) co_return;
    if (may_lose && is_mute_) {
      lost_ += size;
      continue;
    }
    const auto [broken, written] =
        co_await asio::async_write(to, asio::buffer(chunk.data(), size), use_tuple);
    if (broken) co_return;
  }
}

}  // namespace gatehouse::test
