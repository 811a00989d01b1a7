#include <gatehouse/address/host.hpp>
#include <gatehouse/address/url.hpp>

#include <boost/throw_exception.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <sys/un.h>

namespace gatehouse::address {
namespace {

struct scheme_row {
  std::string_view prefix;
  url_scheme scheme;
  std::uint16_t port;
};
constexpr std::array scheme_rows{
    scheme_row{"http://", url_scheme::http, 80},
    scheme_row{"https://", url_scheme::https, 443},
    scheme_row{"ws://", url_scheme::ws, 80},
    scheme_row{"wss://", url_scheme::wss, 443},
    scheme_row{"http+unix://", url_scheme::http_unix, 0},
    scheme_row{"jetstream:", url_scheme::jetstream, 0},
};

const scheme_row& row_of(url_scheme scheme) {
  return *std::find_if(scheme_rows.begin(), scheme_rows.end(),
                       [&](const scheme_row& row) { return row.scheme == scheme; });
}

bool is_url_character(char c) {
  return c > 0x20 && c < 0x7F && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
}

// What follows reads a part of a URL into `out`, and returns what is wrong with it: empty if
// nothing is.

std::string check_characters(std::string_view text) {
  if (!std::ranges::all_of(text, is_url_character)) {
    return "contains a character that no URL may contain unencoded";
  }
  if (text.find('#') != std::string_view::npos) return "must not have a fragment (#)";
  return {};
}

/// Empty, or a port with its colon.
std::string read_port(std::string_view text, url& out) {
  if (text.empty()) return {};
  const auto port = text.front() == ':' ? parse_port(text.substr(1)) : std::nullopt;
  if (!port || *port == 0) return "has a bad port; allowed: 1 to 65535";
  out.port = *port;
  return {};
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
std::string read_authority(std::string_view text, url& out) {
  if (text.find('@') != std::string_view::npos) {
    return "must not contain a user name or password; use the authorization key";
  }
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || !is_ipv6_address(text.substr(1, end - 1))) {
      return "has a bad IPv6 address; allowed: [address] or [address]:port";
    }
    out.host = text.substr(1, end - 1);
    return read_port(text.substr(end + 1), out);
  }
  const auto end = std::min(text.find(':'), text.size());
  out.host = text.substr(0, end);
  if (out.host.empty()) return "has no host";
  if (!is_host_name(out.host)) return "has a bad host name";
  return read_port(text.substr(end), out);
}

/// `/path.sock:/route`.
std::string read_unix(std::string_view text, url& out) {
  constexpr std::string_view allowed = "; allowed: http+unix:///path.sock:/route";
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  const auto colon = text.find(':');
  out.host = text.substr(0, colon);
  if (!out.host.starts_with('/') || out.host.size() == 1) {
    return std::string("needs an absolute socket path").append(allowed);
  }
  if (colon == std::string_view::npos || !text.substr(colon + 1).starts_with('/')) {
    return std::string("needs a route after the socket path").append(allowed);
  }
  if (out.host.size() > longest) {
    return "has a socket path of " + std::to_string(out.host.size()) + " bytes; allowed: at most " +
           std::to_string(longest);
  }
  out.target = text.substr(colon + 1);
  return {};
}

bool is_subject_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

/// A subject without wildcards, which further tokens are appended to.
std::string read_subject(std::string_view text, url& out) {
  constexpr std::size_t longest = 200;
  const bool has_gap = text.empty() || text.front() == '.' || text.back() == '.' ||
                       text.find("..") != std::string_view::npos;
  if (has_gap || text.size() > longest || !std::ranges::all_of(text, is_subject_character)) {
    return "has a bad subject; allowed: words of A-Z, a-z, 0-9, - and _ with one dot between "
           "them, such as jetstream:discord.events";
  }
  out.target = text;
  return {};
}

/// Everything after `scheme://`.
std::string read_remainder(std::string_view text, url& out) {
  if (out.is_jetstream()) return read_subject(text, out);
  if (auto wrong = check_characters(text); !wrong.empty()) return wrong;
  if (out.scheme == url_scheme::http_unix) return read_unix(text, out);
  const auto path = std::min(text.find_first_of("/?"), text.size());
  if (auto wrong = read_authority(text.substr(0, path), out); !wrong.empty()) return wrong;
  if (path < text.size()) out.target = text.substr(path);
  if (out.target.front() == '?') out.target.insert(0, 1, '/');
  return {};
}

/// Six digits of a hash (FNV-1a): too few to guess from what they stand for.
std::string mark_of(std::string_view text) {
  std::uint32_t hash = 0x811C9DC5;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193;
  std::string digits;
  for (int i = 0; i < 6; ++i, hash >>= 4U) digits += "0123456789abcdef"[hash & 0xFU];
  return digits;
}

}  // namespace

void throw_exception_from_error(const malformed_url& error, const boost::source_location& where) {
  boost::throw_exception(std::invalid_argument("a URL " + error.problem), where);
}

boost::system::result<url, malformed_url> parse_url(std::string_view text) {
  const auto* const row = std::ranges::find_if(
      scheme_rows, [&](const scheme_row& candidate) { return text.starts_with(candidate.prefix); });
  if (row == scheme_rows.end()) return malformed_url{"has an unknown scheme"};
  url out;
  out.scheme = row->scheme;
  out.port = row->port;
  auto wrong = read_remainder(text.substr(row->prefix.size()), out);
  if (!wrong.empty()) return malformed_url{std::move(wrong)};
  return out;
}

std::string url::authority() const {
  if (scheme == url_scheme::http_unix) return "localhost";
  if (is_jetstream()) return {};
  const bool is_v6 = host.find(':') != std::string::npos;
  std::string text = is_v6 ? '[' + host + ']' : host;
  if (port != row_of(scheme).port) text += ':' + std::to_string(port);
  return text;
}

std::string url::to_string() const {
  const auto query_at = std::min(target.find('?'), target.size());
  url shown = *this;
  shown.target.resize(query_at);
  if (query_at < target.size()) {
    shown.target += "?[" + mark_of(std::string_view{target}.substr(query_at)) + ']';
  }
  return shown.full();
}

std::string url::full() const {
  std::string text{row_of(scheme).prefix};
  text += scheme == url_scheme::http_unix ? host + ':' : authority();
  text += target;
  return text;
}

}  // namespace gatehouse::address
