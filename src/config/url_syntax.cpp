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

std::string handler_url_violation(std::string_view url) {
  if (!has_scheme(url, std::array<std::string_view, 3>{"http", "https", "http+unix"})) {
    return "has the wrong scheme; allowed: http://, https:// and http+unix:///path.sock:/route";
  }
  const auto parsed = address::parse_url(url);
  return parsed ? std::string{} : parsed.error().problem;
}

}  // namespace gatehouse::config
