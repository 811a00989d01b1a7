#pragma once

#include <gatehouse/config/secret.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::delivery {

/// Signs request bodies: `t=<unix s>,v1=<hex hmac-sha256 of "t.body">`. The key is set up once.
/// Not thread-safe.
class request_signer {
 public:
  /// Throws std::runtime_error if OpenSSL offers no HMAC.
  explicit request_signer(const config::secret& key);
  ~request_signer();
  request_signer(const request_signer&) = delete;
  request_signer& operator=(const request_signer&) = delete;

  /// Appends the header's value; the body comes in pieces.
  void append_signature(std::string& out, std::int64_t unix_now,
                        std::span<const std::string_view> body);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gatehouse::delivery
