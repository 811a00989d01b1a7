#pragma once

#include <gatehouse/config/settings.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::config {

/// `admin.listen` taken apart. Pure.
struct listen_address {
  std::string host;        ///< without the brackets of an IPv6 literal
  std::uint16_t port = 0;  ///< 0: the system chooses

  /// Whether only this machine can connect: 127.0.0.0/8, ::1 or the name localhost.
  [[nodiscard]] bool is_loopback() const;
  bool operator==(const listen_address&) const = default;
};

/// Whether anybody can connect to the admin port, and nobody is asked who they are.
[[nodiscard]] bool is_open_to_strangers(const admin_settings& admin);

/// Reads `host:port` or `[v6]:port`; nothing if it is neither.
[[nodiscard]] std::optional<listen_address> parse_listen_address(std::string_view text);

}  // namespace gatehouse::config
