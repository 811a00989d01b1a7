#include "connection.hpp"
#include "step.hpp"

#include <gatehouse/net/url.hpp>
#include <gatehouse/shard/shard.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <string>
#include <utility>

/// The part of a shard that opens its connections and learns of their end.
namespace gatehouse::shard {
namespace {

namespace asio = boost::asio;

/// TCP, TLS and upgrade together.
constexpr runtime::seconds connect_timeout{15};

std::string describe(const net::ws_end& end) {
  if (end.violation != net::ws_error::none) {
    return "protocol violation: " + std::string{net::to_string(end.violation)};
  }
  if (end.error) return end.error.message();
  return end.code ? "close code " + std::to_string(*end.code) : "closed without a code";
}

}  // namespace

void shard::open(const std::string& url) {
  try {
    current_ = std::make_shared<connection>(*this, url);
    asio::co_spawn(
        services_.executor, hold(current_),
        asio::bind_cancellation_slot(current_->dialling().slot(),
                                     [this, mine = current_](const std::exception_ptr& failure) {
                                       --connections_under_way_;
                                       if (failure) on_connection_failed(mine, failure);
                                     }));
    ++connections_under_way_;
  } catch (const std::exception& error) {
    // Nothing will be reported; the session tries again once it finds this to take too long.
    current_.reset();
    tell(config::log_level::error, std::string{"no connection begun: "} + error.what());
  }
}

void shard::close(std::uint16_t code) {
  if (const auto closing = std::exchange(current_, nullptr)) closing->close(code);
}

/// Dials, then reads until the connection ends. Once it is no longer the current connection its end
/// means nothing to the session any more.
asio::awaitable<void> shard::hold(std::shared_ptr<connection> mine) {
  const auto target = net::parse_url(mine->url());
  if (!target) {
    step([&](auto& session, auto now, auto& out) {
      session.on_connect_failed("Discord named an unusable URL", now, out);
    });
    co_return;
  }
  auto opened =
      co_await net::open_ws(*target, &services_.tls, runtime::clock::now() + connect_timeout);
  if (mine != current_) co_return;
  if (!opened) {
    const std::string reason = opened.error().reason;
    current_.reset();
    step([&](auto& session, auto now, auto& out) { session.on_connect_failed(reason, now, out); });
    co_return;
  }
  ++connections_opened_;
  match_log();
  mine->set_open(std::move(*opened));
  outbox_.on_new_connection();
  step([](auto& session, auto now, auto& out) { session.on_connected(now, out); });

  const net::ws_end end = co_await mine->ws()->run(*mine, services_.reads);
  bytes_received_ += mine->ws()->bytes_received();
  bytes_sent_ += mine->ws()->bytes_sent();
  if (mine != current_) co_return;
  current_.reset();
  if (end.code) requests_.on_closed(*end.code, request_actions_);
  step([&](auto& session, auto now, auto& out) {
    session.on_disconnected(end.code, describe(end), now, out);
  });
}

/// An exception while one connection was served ends that connection, nothing else.
void shard::on_connection_failed(const std::shared_ptr<connection>& whose,
                                 std::exception_ptr failure) {
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const std::exception& error) {
    tell(config::log_level::error, std::string{"connection given up: "} + error.what());
  }
  if (whose != current_) return;
  current_.reset();
  step([](auto& session, auto now, auto& out) {
    session.on_disconnected(std::nullopt, "an error of our own", now, out);
  });
}

}  // namespace gatehouse::shard
