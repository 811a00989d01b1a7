#include <gatehouse/address/host.hpp>
#include <gatehouse/config/listen_address.hpp>

#include <arpa/inet.h>

namespace gatehouse::config {

bool is_open_to_strangers(const admin_settings& admin) {
  if (!admin.authorization.empty()) return false;
  const auto address = parse_listen_address(admin.listen);  // none where it is off
  return address && !address->is_loopback();
}

bool listen_address::is_loopback() const {
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  if (inet_pton(AF_INET6, host.c_str(), &v6) != 1) return false;
  return IN6_IS_ADDR_LOOPBACK(&v6);
}

std::optional<listen_address> parse_listen_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = address::parse_port(text.substr(colon + 1));
  if (!port) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!address::is_ipv6_address(host)) return std::nullopt;
  } else if (!address::is_host_name(host)) {
    return std::nullopt;
  }
  return listen_address{std::string(host), *port};
}

}  // namespace gatehouse::config
