#include "tls_identity.hpp"

#include <gatehouse/admin/admin_server.hpp>

#include <boost/asio/ssl/context.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <csignal>
#include <fstream>
#include <stdexcept>

namespace gatehouse::admin {
namespace {

using ssl_context = boost::asio::ssl::context;
using boost::system::error_code;

/// What OpenSSL says of a file that is not there would not name it.
void require_readable(const std::string& key, const std::string& file) {
  if (!std::ifstream{file}) throw std::runtime_error(key + ": cannot read " + file);
}

/// OpenSSL would ask on the terminal.
std::string no_passphrase(std::size_t, ssl_context::password_purpose) {
  return {};
}

}  // namespace

tls_identity::tls_identity(const std::string& certificate_file, const std::string& key_file)
    : context_(std::make_unique<ssl_context>(ssl_context::tls_server)) {
  // OpenSSL writes to sockets without MSG_NOSIGNAL: a peer that went away must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  require_readable("admin.certificate_file", certificate_file);
  require_readable("admin.key_file", key_file);
  context_->set_options(ssl_context::default_workarounds | ssl_context::no_sslv3 |
                        ssl_context::no_tlsv1 | ssl_context::no_tlsv1_1);
  context_->set_password_callback(no_passphrase);
  error_code error;
  context_->use_certificate_chain_file(certificate_file, error);
  if (error) {
    throw std::runtime_error("admin.certificate_file: no certificate (PEM) in " + certificate_file +
                             ": " + error.message());
  }
  context_->use_private_key_file(key_file, ssl_context::pem, error);
  const bool fits = !error && SSL_CTX_check_private_key(context_->native_handle()) == 1;
  ERR_clear_error();
  if (!fits) {
    throw std::runtime_error(
        "admin.key_file: no private key (PEM, without a passphrase) for the "
        "certificate of admin.certificate_file in " +
        key_file);
  }
}

tls_identity::~tls_identity() = default;

void check_certificate(const std::string& certificate_file, const std::string& key_file) {
  const tls_identity tried{certificate_file, key_file};
}

}  // namespace gatehouse::admin
