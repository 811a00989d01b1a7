#include <gatehouse/cluster/gateway_inquiry.hpp>
#include <gatehouse/runtime/wall_clock.hpp>

#include <utility>
#include <variant>

namespace gatehouse::cluster {

boost::asio::awaitable<boost::system::result<gateway_answer, std::string>> gateway_inquiry::ask() {
  const auto now = runtime::clock::now();
  if (newest_ && now < newest_->asked_at + reuse) co_return *newest_;
  if (now < not_before_) {
    const auto left = std::chrono::ceil<runtime::seconds>(not_before_ - now).count();
    co_return "GET /gateway/bot: rate limited for another " + std::to_string(left) + " s";
  }
  auto tried = co_await ask_();
  if (tried) {
    newest_ = gateway_answer{*std::move(tried), now};
    co_return *newest_;
  }
  // Without jitter: who asks again is a person, or has a period of its own.
  const auto next = rest::judge(tried.error(), kind_, 1, 0.0, runtime::unix_seconds_now());
  if (const auto* refusal = std::get_if<rest::give_up>(&next)) {
    co_return "GET /gateway/bot: " + refusal->reason;
  }
  const auto& later = std::get<rest::retry_later>(next);
  not_before_ = runtime::clock::now() + later.delay;
  co_return "GET /gateway/bot: " + later.reason;
}

}  // namespace gatehouse::cluster
