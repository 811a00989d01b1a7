#include "url_syntax.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <sys/un.h>

namespace gatehouse::config {
namespace {

constexpr std::string_view unix_scheme = "http+unix://";

bool is_url_character(char c) {
  return c > 0x20 && c < 0x7F && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
}

std::string character_violation(std::string_view url) {
  if (!std::ranges::all_of(url, is_url_character)) {
    return "contains a character that no URL may contain unencoded";
  }
  if (url.find('#') != std::string_view::npos) return "must not have a fragment (#)";
  return {};
}

std::string port_violation(std::string_view text) {
  const int port = parse_port(text);
  if (port < 1) return "has a bad port; allowed: 1 to 65535";
  return {};
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
std::string authority_violation(std::string_view authority) {
  if (authority.find('@') != std::string_view::npos) {
    return "must not contain a user name or password; use the authorization key";
  }
  std::string_view rest;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos || !is_ipv6_address(authority.substr(1, end - 1))) {
      return "has a bad IPv6 address; allowed: [address] or [address]:port";
    }
    rest = authority.substr(end + 1);
    if (!rest.empty() && !rest.starts_with(':')) return "has a bad port; allowed: 1 to 65535";
  } else {
    const auto colon = authority.find(':');
    const auto host = authority.substr(0, colon);
    if (host.empty()) return "has no host";
    if (!is_host_name(host)) return "has a bad host name";
    if (colon != std::string_view::npos) rest = authority.substr(colon);
  }
  return rest.empty() ? std::string{} : port_violation(rest.substr(1));
}

std::string unix_url_violation(std::string_view url) {
  constexpr std::string_view allowed = "; allowed: http+unix:///path.sock:/route";
  if (auto wrong = character_violation(url); !wrong.empty()) return wrong;
  const auto target = url.substr(unix_scheme.size());
  const auto colon = target.find(':');
  if (!target.starts_with('/') || target.starts_with("/:")) {
    return std::string("needs an absolute socket path").append(allowed);
  }
  if (colon == std::string_view::npos || !target.substr(colon + 1).starts_with('/')) {
    return std::string("needs a route after the socket path").append(allowed);
  }
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  if (colon > longest) {
    return "has a socket path of " + std::to_string(colon) + " bytes; allowed: at most " +
           std::to_string(longest);
  }
  return {};
}

/// Everything after `scheme://`.
std::string remainder_violation(std::string_view remainder) {
  if (auto wrong = character_violation(remainder); !wrong.empty()) return wrong;
  return authority_violation(remainder.substr(0, remainder.find_first_of("/?")));
}

bool has_scheme(std::string_view url, std::string_view scheme) {
  return url.starts_with(scheme) && url.substr(scheme.size()).starts_with("://");
}

}  // namespace

std::string base_url_violation(std::string_view url, std::array<std::string_view, 2> schemes) {
  for (const auto scheme : schemes) {
    if (!has_scheme(url, scheme)) continue;
    const auto remainder = url.substr(scheme.size() + 3);
    if (auto wrong = remainder_violation(remainder); !wrong.empty()) return wrong;
    if (remainder.find('?') != std::string_view::npos) return "must not have a query (?)";
    return {};
  }
  std::string text = "has the wrong scheme; allowed: ";
  return text.append(schemes[0]).append(":// and ").append(schemes[1]).append("://");
}

std::string handler_url_violation(std::string_view url) {
  if (url.starts_with(unix_scheme)) return unix_url_violation(url);
  for (const std::string_view scheme : {"http", "https"}) {
    if (has_scheme(url, scheme)) return remainder_violation(url.substr(scheme.size() + 3));
  }
  return "has the wrong scheme; allowed: http://, https:// and http+unix:///path.sock:/route";
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  });
}

bool is_ipv6_address(std::string_view host) {
  in6_addr parsed{};
  return inet_pton(AF_INET6, std::string(host).c_str(), &parsed) == 1;
}

int parse_port(std::string_view text) {
  int port = -1;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  const bool decimal = !text.empty() && text.front() != '-' && error == std::errc{} && stop == end;
  return decimal && port <= 65'535 ? port : -1;
}

}  // namespace gatehouse::config
