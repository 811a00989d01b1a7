#pragma once

#include <gatehouse/net/egress_proxy.hpp>

#include <memory>
#include <optional>
#include <string>

namespace gatehouse::net {

/// The only certificate to be trusted, whatever name it is for: that of a server on the same
/// machine, whose file is at hand.
struct pinned_certificate {
  std::string file;  ///< PEM; the first one in it
};

/// Client-side TLS settings, shared by all connections of one thread or more (read-only after
/// construction): system trust anchors plus an optional CA file, TLS 1.2 or newer, peer and host
/// name always verified, unless one certificate is pinned. With a proxy, connections made with
/// these settings leave through it; others, without TLS or with other settings, do not.
class tls_context {
 public:
  /// Throws std::runtime_error naming the file if `ca_file` cannot be used.
  explicit tls_context(const std::string& ca_file, std::optional<egress_proxy> proxy = {});
  /// The same, if it holds no certificate.
  explicit tls_context(const pinned_certificate& only);
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// The underlying SSL_CTX*, for src/net and for Asio's streams.
  [[nodiscard]] void* native() const noexcept;
  /// By which a connection to this address leaves; null: directly.
  [[nodiscard]] const egress_proxy* proxy_for(const url& to) const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gatehouse::net
