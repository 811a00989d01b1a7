#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace gatehouse::test {

struct openssl_deleter {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

/// A certificate and its key, both as PEM.
struct identity {
  std::string certificate_pem;
  std::string key_pem;
};

/// A certificate authority that exists for one test.
class authority {
 public:
  authority();

  [[nodiscard]] std::string pem() const;
  /// `names`: subject alternative names as OpenSSL writes them, "DNS:localhost,IP:127.0.0.1".
  /// `days` may be negative: expired.
  [[nodiscard]] identity issue(const std::string& names, int days = 1) const;

 private:
  std::unique_ptr<EVP_PKEY, openssl_deleter> key_;
  std::unique_ptr<X509, openssl_deleter> certificate_;
};

}  // namespace gatehouse::test
