#include "tls_error.hpp"

#include <gatehouse/net/tls_context.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <csignal>
#include <stdexcept>
#include <utility>

namespace gatehouse::net {
namespace {

class verify_category final : public boost::system::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "gatehouse.certificate"; }
  [[nodiscard]] std::string message(int code) const override {
    return std::string{"certificate refused: "} + X509_verify_cert_error_string(code);
  }
};

const verify_category verify_category_instance;

/// In place of the verification of chain and name (SSL_CTX_set_cert_verify_callback).
int accept_pinned(X509_STORE_CTX* offered, void* pinned) {
  const X509* const leaf = X509_STORE_CTX_get0_cert(offered);
  const bool is_same = leaf != nullptr && X509_cmp(leaf, static_cast<const X509*>(pinned)) == 0;
  X509_STORE_CTX_set_error(offered, is_same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return is_same ? 1 : 0;
}

/// The first certificate of a file, owned by the caller; null: there is none.
X509* read_certificate(const std::string& path) {
  BIO* const file = BIO_new_file(path.c_str(), "r");
  X509* const read = file == nullptr ? nullptr : PEM_read_bio_X509(file, nullptr, nullptr, nullptr);
  BIO_free(file);
  ERR_clear_error();
  return read;
}

/// OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void*) {
  return 0;
}

void show_identity(SSL_CTX* context, const client_identity& own) {
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(context, own.certificate_file.c_str()) != 1) {
    ERR_clear_error();
    throw std::runtime_error("handlers.certificate_file: no certificate (PEM) in " +
                             own.certificate_file);
  }
  const bool fits =
      SSL_CTX_use_PrivateKey_file(context, own.key_file.c_str(), SSL_FILETYPE_PEM) == 1 &&
      SSL_CTX_check_private_key(context) == 1;
  ERR_clear_error();
  if (fits) return;
  throw std::runtime_error(
      "handlers.key_file: no private key (PEM, without a passphrase) for the certificate of "
      "handlers.certificate_file in " +
      own.key_file);
}

}  // namespace

struct tls_context::impl {
  impl();
  ~impl() {
    SSL_CTX_free(context);
    X509_free(pinned);
  }

  SSL_CTX* context = nullptr;
  X509* pinned = nullptr;
  std::optional<egress_proxy> proxy{};
};

tls_context::impl::impl() {
  // OpenSSL writes to sockets without MSG_NOSIGNAL: a peer that went away must not end the process.
  std::signal(SIGPIPE, SIG_IGN);

  context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) throw std::runtime_error("OpenSSL cannot make a TLS context");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  // Writes go on from wherever the rest of the data lies by then; idle connections, of which there
  // are thousands, keep no record buffers; one read takes in as many records as have arrived.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context, 1);
}

tls_context::tls_context(const std::string& ca_file, std::optional<egress_proxy> proxy)
    : impl_(std::make_unique<impl>()) {
  impl_->proxy = std::move(proxy);
  SSL_CTX* const context = impl_->context;
  SSL_CTX_set_default_verify_paths(context);
  if (!ca_file.empty() && SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
    ERR_clear_error();
    throw std::runtime_error("cannot read trust anchors (PEM) from " + ca_file);
  }
}

tls_context::tls_context(const std::string& ca_file, const client_identity& own)
    : tls_context(ca_file) {
  if (!own.certificate_file.empty()) show_identity(impl_->context, own);
}

tls_context::tls_context(const pinned_certificate& only) : impl_(std::make_unique<impl>()) {
  impl_->pinned = read_certificate(only.file);
  if (impl_->pinned == nullptr) {
    throw std::runtime_error("cannot read a certificate (PEM) from " + only.file);
  }
  SSL_CTX_set_cert_verify_callback(impl_->context, accept_pinned, impl_->pinned);
}

tls_context::~tls_context() = default;

void* tls_context::native() const noexcept {
  return impl_->context;
}

bool tls_context::shows(const client_identity& own) const {
  const X509* const shown = SSL_CTX_get0_certificate(impl_->context);
  if (own.certificate_file.empty()) return shown == nullptr;
  X509* const wanted = read_certificate(own.certificate_file);
  const bool is_same = shown != nullptr && wanted != nullptr && X509_cmp(shown, wanted) == 0;
  X509_free(wanted);
  return is_same;
}

const egress_proxy* tls_context::proxy_for(const url& to) const {
  return impl_->proxy && impl_->proxy->serves(to) ? &*impl_->proxy : nullptr;
}

boost::system::error_code take_tls_error(const SSL* ssl) noexcept {
  const long verified = SSL_get_verify_result(ssl);
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (verified != X509_V_OK) return {static_cast<int>(verified), verify_category_instance};
  if (code != 0) return {static_cast<int>(code), boost::asio::error::get_ssl_category()};
  return boost::asio::ssl::error::stream_truncated;
}

}  // namespace gatehouse::net
