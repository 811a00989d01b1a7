#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

/// Addresses as people write them: URLs, and the hosts and ports within. Pure.
namespace gatehouse::address {

enum class url_scheme { http, https, ws, wss, http_unix, jetstream };

/// A parsed address. `http+unix:///run/bot.sock:/events` has the socket path in `host`,
/// `jetstream:discord.events` has the subject in `target`, and no host.
struct url {
  url_scheme scheme = url_scheme::http;
  std::string host;          ///< without brackets for IPv6; the socket path for http+unix
  std::uint16_t port = 0;    ///< explicit, or the scheme's own
  std::string target = "/";  ///< path and query, never empty

  [[nodiscard]] bool is_tls() const noexcept {
    return scheme == url_scheme::https || scheme == url_scheme::wss;
  }
  [[nodiscard]] bool is_http() const noexcept {
    return scheme == url_scheme::http || scheme == url_scheme::https ||
           scheme == url_scheme::http_unix;
  }
  [[nodiscard]] bool is_jetstream() const noexcept { return scheme == url_scheme::jetstream; }
  /// For the Host header: with the port where it is not the scheme's own.
  [[nodiscard]] std::string authority() const;
  /// As text that may be logged: of a query, which may hold a secret, it has a short mark only, so
  /// that URLs which differ in nothing else can be told apart: `http://host/events?[5e884e]`.
  [[nodiscard]] std::string to_string() const;
  /// With the query.
  [[nodiscard]] std::string full() const;

  bool operator==(const url&) const = default;
};

struct malformed_url {
  /// What is wrong, to follow the name of what holds the URL. It does not quote the URL, which may
  /// hold a secret.
  std::string problem;
};
/// What `value()` of a result throws: std::invalid_argument.
[[noreturn]] void throw_exception_from_error(const malformed_url& error,
                                             const boost::source_location& where);

/// The part of RFC 3986 that HTTP clients use: no user info, no fragment, nothing that would have
/// to be encoded.
boost::system::result<url, malformed_url> parse_url(std::string_view text);

}  // namespace gatehouse::address
