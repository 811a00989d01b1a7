#pragma once

#include "service.hpp"

#include <gatehouse/admin/message.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::admin {

/// What counts of a request. The views live until it is answered.
struct incoming {
  std::string_view method;
  std::string_view target;
  std::string_view body;
  std::optional<std::string_view> authorization;
  std::optional<std::string_view> origin;
  std::optional<std::string_view> host;
};

struct answer {
  response message;
  std::string allow{};  ///< the Allow header of a 405; else empty
};

/// Checks who asks, finds the row and runs its handler. Who may not see a route is not told whether
/// it exists.
boost::asio::awaitable<answer> dispatch(incoming from, service& with);

/// Once no more requests come: tells how many refusals the log has kept back.
void tell_last_refusals(service& with);

}  // namespace gatehouse::admin
