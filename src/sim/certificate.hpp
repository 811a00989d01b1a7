#pragma once

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <string>

namespace gatehouse::sim {

/// A certificate authority and a server certificate for localhost, 127.0.0.1 and ::1, made in
/// memory for this process. The keys never leave it.
struct server_certificate {
  std::string ca_pem;
  std::string certificate_pem;
  std::string key_pem;
};

/// Throws std::runtime_error when OpenSSL refuses.
server_certificate make_server_certificate();

/// A TLS 1.2+ server context that presents the certificate.
std::unique_ptr<boost::asio::ssl::context> make_server_context(const server_certificate& identity);

}  // namespace gatehouse::sim
