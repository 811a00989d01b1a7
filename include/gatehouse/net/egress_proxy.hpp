#pragma once

#include <gatehouse/net/url.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::net {

/// An HTTP proxy through which TLS connections leave (RFC 9110, CONNECT), as other programs find it
/// in the environment.
struct egress_proxy {
  url address;                          ///< http
  std::string authorization{};          ///< `Basic …`, or empty; a secret
  std::vector<std::string> exceptions;  ///< in lower case, as NO_PROXY lists them

  /// False: it is one of the exceptions. `*` is everything, a name is itself and what is below it
  /// (with or without a dot in front), an address itself; each may end in a port.
  [[nodiscard]] bool serves(const url& to) const;
};

/// `name` of a variable to what it holds.
using environment_lookup = std::function<std::optional<std::string>(const std::string& name)>;

/// From `https_proxy` or `HTTPS_PROXY`, and `no_proxy` or `NO_PROXY`; nothing where there is none.
/// `[http://][user:password@]host[:port]`. Throws std::invalid_argument, which does not quote it,
/// for one that cannot be used: to go on without would be no way out, or the wrong one.
[[nodiscard]] std::optional<egress_proxy> find_egress_proxy(const environment_lookup& environment);

}  // namespace gatehouse::net
