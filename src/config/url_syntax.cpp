#include "url_syntax.hpp"

#include <gatehouse/address/url.hpp>

#include <algorithm>

namespace gatehouse::config {
namespace {

template <std::size_t Count>
bool has_scheme(std::string_view url, const std::array<std::string_view, Count>& allowed) {
  return std::ranges::any_of(allowed, [url](std::string_view scheme) {
    return url.starts_with(scheme) && url.substr(scheme.size()).starts_with("://");
  });
}

}  // namespace

std::string base_url_violation(std::string_view url, std::array<std::string_view, 2> schemes) {
  if (!has_scheme(url, schemes)) {
    std::string text = "has the wrong scheme; allowed: ";
    return text.append(schemes[0]).append(":// and ").append(schemes[1]).append("://");
  }
  const auto parsed = address::parse_url(url);
  if (!parsed) return parsed.error().problem;
  if (parsed->target.find('?') != std::string::npos) return "must not have a query (?)";
  return {};
}

std::string rest_url_violation(std::string_view url) {
  if (auto wrong = base_url_violation(url, {"http", "https"}); !wrong.empty()) return wrong;
  const auto parsed = address::parse_url(url);
  std::string_view path = parsed->target;
  while (path.ends_with('/')) path.remove_suffix(1);
  const auto last = path.substr(path.rfind('/') + 1);
  const bool is_version =
      last.size() > 1 && last[0] == 'v' &&
      std::ranges::all_of(last.substr(1), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_version) return {};
  return "ends with an API version, which gatehouse adds itself (discord.api_version); allowed: "
         "the URL without it";
}

std::string nats_server_violation(std::string_view url) {
  if (!has_scheme(url, std::array<std::string_view, 2>{"nats", "tls"})) {
    return "has the wrong scheme; allowed: nats:// and tls://";
  }
  if (url.find('@') != std::string_view::npos) {
    return "must not contain a user name, password or token; use nats.user and nats.password, or "
           "nats.token";
  }
  const auto parsed = address::parse_url("http" + std::string{url.substr(url.find(':'))});
  if (!parsed) return parsed.error().problem;
  if (parsed->target != "/" || url.ends_with('/')) return "must end after the port";
  return {};
}

std::string handler_url_violation(std::string_view url) {
  const bool is_http =
      has_scheme(url, std::array<std::string_view, 3>{"http", "https", "http+unix"});
  if (!is_http && !url.starts_with("jetstream:")) {
    return "has the wrong scheme; allowed: http://, https://, http+unix:///path.sock:/route and "
           "jetstream:SUBJECT";
  }
  const auto parsed = address::parse_url(url);
  return parsed ? std::string{} : parsed.error().problem;
}

}  // namespace gatehouse::config
