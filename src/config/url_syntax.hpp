#pragma once

#include <array>
#include <string>
#include <string_view>

/// Which URLs a key takes. They return what is wrong, without quoting the URL, which may hold a
/// secret; empty if nothing is.
namespace gatehouse::config {

/// A URL that paths are appended to: one of the two schemes, no query.
[[nodiscard]] std::string base_url_violation(std::string_view url,
                                             std::array<std::string_view, 2> schemes);

/// `rest.url`: likewise, and without the version that is appended first.
[[nodiscard]] std::string rest_url_violation(std::string_view url);

/// `nats://host:port` or `tls://host:port`.
[[nodiscard]] std::string nats_server_violation(std::string_view url);

/// http, https, `http+unix:///path.sock:/route`, or `jetstream:SUBJECT`.
[[nodiscard]] std::string handler_url_violation(std::string_view url);

}  // namespace gatehouse::config
