#include <gatehouse/net/egress_proxy.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace gatehouse::net {
namespace {

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// The first that is set to something.
std::pair<std::string, std::string> first_set(const environment_lookup& environment,
                                              const std::string& name, const std::string& other) {
  for (const auto& each : {name, other}) {
    if (auto value = environment(each); value && !value->empty()) return {each, *std::move(value)};
  }
  return {};
}

/// `%40` and the like; anything else stays as it is.
std::string decode_percent(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    unsigned byte = 0;
    const char* const digits = text.data() + 1;
    const bool is_code = text.front() == '%' && text.size() > 2 &&
                         std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    out += is_code ? static_cast<char>(byte) : text.front();
    text.remove_prefix(is_code ? 3 : 1);
  }
  return out;
}

std::string basic_authorization(std::string_view user_info) {
  const auto colon = std::min(user_info.find(':'), user_info.size());
  const std::string password =
      decode_percent(user_info.substr(std::min(colon + 1, user_info.size())));
  const std::string text = decode_percent(user_info.substr(0, colon)) + ':' + password;
  std::string encoded(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return "Basic " + encoded;
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> entries;
  while (!list.empty()) {
    const auto end = std::min(list.find_first_of(", \t"), list.size());
    if (end > 0) entries.push_back(lower(list.substr(0, end)));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return entries;
}

bool is_exception(std::string_view entry, const std::string& host, const std::string& port) {
  if (entry == "*") return true;
  const bool has_port = entry.ends_with(":" + port);
  if (has_port) entry.remove_suffix(port.size() + 1);
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty() || !host.ends_with(entry)) return false;
  return host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.';
}

}  // namespace

bool egress_proxy::serves(const url& to) const {
  const std::string host = lower(to.host);
  const std::string port = std::to_string(to.port);
  return std::none_of(exceptions.begin(), exceptions.end(),
                      [&](const auto& entry) { return is_exception(entry, host, port); });
}

std::optional<egress_proxy> find_egress_proxy(const environment_lookup& environment) {
  const auto [name, text] = first_set(environment, "https_proxy", "HTTPS_PROXY");
  if (text.empty()) return std::nullopt;
  constexpr std::string_view scheme = "http://";
  std::string_view rest = text;
  if (lower(rest.substr(0, scheme.size())) == scheme) rest.remove_prefix(scheme.size());
  egress_proxy found;
  const auto path = std::min(rest.find('/'), rest.size());
  if (const auto at = rest.substr(0, path).rfind('@'); at != std::string_view::npos) {
    found.authorization = basic_authorization(rest.substr(0, at));
    rest.remove_prefix(at + 1);
  }
  auto address = parse_url(std::string{scheme} + std::string{rest});
  // `rest` may begin with another scheme.
  if (!address || rest.find("://") != std::string_view::npos) {
    throw std::invalid_argument(name + ": is no [http://][user:password@]host[:port]");
  }
  found.address = *std::move(address);
  found.exceptions = split(first_set(environment, "no_proxy", "NO_PROXY").second);
  return found;
}

}  // namespace gatehouse::net
