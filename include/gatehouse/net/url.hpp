#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::net {

enum class url_scheme { http, https, ws, wss, http_unix };

/// A parsed address. `http+unix:///run/bot.sock:/events` has the socket path in `host`.
struct url {
  url_scheme scheme = url_scheme::http;
  std::string host;          ///< without brackets for IPv6; the socket path for http+unix
  std::uint16_t port = 0;    ///< explicit, or the scheme's own
  std::string target = "/";  ///< path and query, never empty

  [[nodiscard]] bool is_tls() const noexcept {
    return scheme == url_scheme::https || scheme == url_scheme::wss;
  }
  /// For the Host header: with the port where it is not the scheme's own.
  [[nodiscard]] std::string authority() const;
  /// As text, without query: may be logged.
  [[nodiscard]] std::string to_string() const;

  bool operator==(const url&) const = default;
};

/// Nothing for anything malformed: unknown scheme, empty host, bad port, user info, fragment,
/// white space or control characters.
std::optional<url> parse_url(std::string_view text);

}  // namespace gatehouse::net
