#pragma once

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace gatehouse::admin {

/// The certificate that the server shows, TLS 1.2 or newer.
class tls_identity {
 public:
  /// Throws std::runtime_error naming the configuration's key and the file.
  tls_identity(const std::string& certificate_file, const std::string& key_file);
  ~tls_identity();
  tls_identity(const tls_identity&) = delete;
  tls_identity& operator=(const tls_identity&) = delete;

  [[nodiscard]] boost::asio::ssl::context& context() const noexcept { return *context_; }

 private:
  std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace gatehouse::admin
