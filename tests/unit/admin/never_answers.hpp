#pragma once

#include <gatehouse/admin/router.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <future>

namespace gatehouse::admin {

/// A route's handler that tells when it is entered, once, and is under way until the server ends.
inline auto never_answers(std::promise<void>& entered) {
  return [&entered](const request&) -> boost::asio::awaitable<response> {
    entered.set_value();
    boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor,
                                    boost::asio::steady_timer::time_point::max()};
    co_await timer.async_wait(boost::asio::use_awaitable);
    co_return response{};
  };
}

/// Likewise, until `may_end` is set; then it answers.
inline auto answers_after(std::shared_future<void> may_end, std::promise<void>& entered) {
  return [may_end, &entered](const request&) -> boost::asio::awaitable<response> {
    entered.set_value();
    boost::asio::steady_timer timer{co_await boost::asio::this_coro::executor};
    while (may_end.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
      timer.expires_after(std::chrono::milliseconds{1});
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    co_return response{.body = "{}"};
  };
}

}  // namespace gatehouse::admin
