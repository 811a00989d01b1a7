#pragma once

#include <memory>
#include <string>

namespace gatehouse::net {

/// Client-side TLS settings, shared by all connections of one thread or more (read-only after
/// construction): system trust anchors plus an optional CA file, TLS 1.2 or newer, peer and host
/// name always verified.
class tls_context {
 public:
  /// Throws std::runtime_error naming the file if `ca_file` cannot be used.
  explicit tls_context(const std::string& ca_file);
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// The underlying SSL_CTX*, for src/net and for Asio's streams.
  [[nodiscard]] void* native() const noexcept;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gatehouse::net
