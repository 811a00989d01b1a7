#include "request_headers.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <string>

namespace gatehouse::admin {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  const auto end = text.find_last_not_of(" \t");
  return end == std::string_view::npos ? "" : text.substr(begin, end + 1 - begin);
}

std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

/// `;q=0` and its longer spellings.
bool is_excluded(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return false;
  const auto weight = trimmed(parameters.substr(at + 2));
  return weight.find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool is_own_host(std::optional<std::string_view> host, std::string_view listen_host) {
  if (!host) return false;
  const auto name = without_port(trimmed(*host));
  if (boost::beast::iequals(name, "localhost")) return true;
  if (!name.empty() && boost::beast::iequals(name, listen_host)) return true;
  boost::system::error_code is_no_address;
  boost::asio::ip::make_address(std::string{name}, is_no_address);
  return !is_no_address;
}

bool accepts_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const auto element = accept_encoding.substr(0, accept_encoding.find(','));
    accept_encoding.remove_prefix(std::min(element.size() + 1, accept_encoding.size()));
    const auto name_end = std::min(element.find(';'), element.size());
    const auto name = trimmed(element.substr(0, name_end));
    if (!boost::beast::iequals(name, "gzip") && name != "*") continue;
    return !is_excluded(element.substr(name_end));
  }
  return false;
}

}  // namespace gatehouse::admin
