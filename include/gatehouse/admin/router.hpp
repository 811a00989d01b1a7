#pragma once

#include <gatehouse/admin/message.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gatehouse::admin {

/// Runs on the admin thread. The request lives until the coroutine ends. An exception is answered
/// with 500. At stop the coroutine may be destroyed where it waits.
using handler = std::function<boost::asio::awaitable<response>(const request&)>;

/// For handlers with nothing to wait for.
handler answer_with(std::function<response(const request&)> function);

enum class access {
  open,        ///< health checks; a handler may still look at `request::authorized`
  authorized,  ///< needs the configured Authorization header
};

/// One row of the endpoint table.
struct route {
  std::string method;   ///< "GET" rows answer HEAD as well
  std::string pattern;  ///< "/shards/{id}/payload": a `{…}` matches one whole, non-empty segment
  access needs = access::authorized;
  handler answer;
};

struct route_match {
  const route* row;
  std::vector<std::string> parameters;
};
struct method_not_allowed {
  std::string allow;  ///< for the Allow header
  access needs;       ///< open only if every row of the path is
};
struct not_found {};
using route_result = std::variant<route_match, method_not_allowed, not_found>;

/// The endpoint table; immutable, the first matching row wins. Pure.
class router {
 public:
  explicit router(std::vector<route> rows);

  /// `path` without query. What is found lives as long as the router.
  [[nodiscard]] route_result find(std::string_view method, std::string_view path) const;

 private:
  std::vector<route> rows_;
};

}  // namespace gatehouse::admin
