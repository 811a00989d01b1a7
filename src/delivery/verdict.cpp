#include <gatehouse/delivery/verdict.hpp>
#include <gatehouse/net/retry_after.hpp>

namespace gatehouse::delivery {

namespace {

decision decide(int status) noexcept {
  if (status >= 200 && status < 300) return decision::delivered;
  switch (status) {
    case 408:
    case 425:
    case 429:
      return decision::retry;
    case 401:
    case 403:
    case 404:
    case 405:
      return decision::misconfigured;
    default:
      break;
  }
  if (status >= 500) return decision::retry;
  return status >= 400 ? decision::refused : decision::misconfigured;
}

}  // namespace

verdict judge(int status, std::string_view retry_after, std::int64_t unix_now) noexcept {
  const decision what = decide(status);
  if (what == decision::delivered) return {};
  const auto wait = net::parse_retry_after(retry_after, unix_now, max_retry_after);
  const bool is_overloaded = status == 429 || status == 503 || wait.has_value();
  return {what, what == decision::retry && is_overloaded, wait};
}

verdict judge(transport_failure failure) noexcept {
  return {decision::retry, failure == transport_failure::no_connection, std::nullopt};
}

std::string_view misconfiguration_hint(int status) noexcept {
  switch (status) {
    case 401:
      return "handlers.authorization is missing or not what the handler expects";
    case 403:
      return "the handler forbids it: check handlers.authorization and its access rules";
    case 404:
      return "nothing is served at this path: check the path in handlers.urls";
    case 405:
      return "this path does not take POST: check the path in handlers.urls";
    default:
      break;
  }
  if (status >= 300 && status < 400) {
    return "the handler redirects, which is not followed: configure the final address";
  }
  return "this does not look like an event handler: check handlers.urls";
}

std::string_view to_string(transport_failure failure) noexcept {
  switch (failure) {
    case transport_failure::no_connection:
      return "no connection";
    case transport_failure::timed_out:
      return "no answer in time";
    case transport_failure::lost:
      return "connection lost before the answer";
    case transport_failure::bad_answer:
      return "the answer is not HTTP";
  }
  return "unknown failure";
}

}  // namespace gatehouse::delivery
