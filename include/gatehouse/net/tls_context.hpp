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

/// What is shown to a server that asks its clients for a certificate.
struct client_identity {
  std::string certificate_file{};  ///< PEM, with those between it and its authority; empty: none
  std::string key_file{};          ///< PEM, without a passphrase
};

/// Client-side TLS settings, shared by all connections of one thread or more (read-only after
/// construction): system trust anchors plus an optional CA file, TLS 1.2 or newer, peer and host
/// name always verified, unless one certificate is pinned. With a proxy, connections made with
/// these settings leave through it; others, without TLS or with other settings, do not.
class tls_context {
 public:
  /// Throws std::runtime_error naming the file if `ca_file` cannot be used.
  explicit tls_context(const std::string& ca_file, std::optional<egress_proxy> proxy = {});
  /// Throws std::runtime_error naming the file if one of `own` cannot be used either.
  tls_context(const std::string& ca_file, const client_identity& own);
  /// The same, if it holds no certificate.
  explicit tls_context(const pinned_certificate& only);
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// The underlying SSL_CTX*, for src/net and for Asio's streams.
  [[nodiscard]] void* native() const noexcept;
  /// Whether the files hold the certificate that is shown. False as well if they cannot be read.
  [[nodiscard]] bool shows(const client_identity& own) const;
  /// By which a connection to this address leaves; null: directly.
  [[nodiscard]] const egress_proxy* proxy_for(const url& to) const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gatehouse::net
