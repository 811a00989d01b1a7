#pragma once

#include <optional>
#include <string_view>

namespace gatehouse::admin {

/// What is read from the headers of a request. Pure.

/// Whether the Host header names this server in a way that only its own users do: by an address, as
/// localhost, or by the name it listens on. A web page whose name resolves to this machine (DNS
/// rebinding) has the browser send that name instead. With or without a port.
[[nodiscard]] bool is_own_host(std::optional<std::string_view> host, std::string_view listen_host);

/// Whether an Accept-Encoding header allows gzip (RFC 9110, section 12.5.3).
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

}  // namespace gatehouse::admin
