#pragma once

#include <gatehouse/rest/gateway_bot.hpp>
#include <gatehouse/rest/retry_policy.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <functional>
#include <optional>
#include <string>

namespace gatehouse::cluster {

/// What Discord said, and when it was asked: what has happened since it may not have counted.
struct gateway_answer {
  rest::gateway_bot bot;
  runtime::time_point asked_at{};
};

/// Asks `GET /gateway/bot` once for whoever needs to know. Its bucket may be as small as a single
/// call, so an answer is used again for a moment, and a rate limit is remembered: until it is over
/// nothing is sent. Main thread.
class gateway_inquiry {
 public:
  using attempt = std::function<
      boost::asio::awaitable<boost::system::result<rest::gateway_bot, rest::failed_request>>()>;
  /// Long enough for a plan and what follows it.
  static constexpr runtime::seconds reuse{5};

  gateway_inquiry(attempt ask, rest::authorization_kind kind) : ask_(std::move(ask)), kind_(kind) {}

  /// An error is a reason fit for a log line.
  boost::asio::awaitable<boost::system::result<gateway_answer, std::string>> ask();
  /// Before that Discord is not asked again; long past if it may be.
  [[nodiscard]] runtime::time_point not_before() const noexcept { return not_before_; }

 private:
  attempt ask_;
  rest::authorization_kind kind_;
  runtime::time_point not_before_ = runtime::time_point::min();
  std::optional<gateway_answer> newest_;
};

}  // namespace gatehouse::cluster
