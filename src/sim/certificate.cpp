#include "certificate.hpp"

#include <boost/asio/buffer.hpp>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace gatehouse::sim {
namespace {

template <auto Free>
struct release {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, release<EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, release<X509_free>>;
using bio_ptr = std::unique_ptr<BIO, release<BIO_free_all>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, release<X509_EXTENSION_free>>;

void require(bool succeeded, const char* step) {
  if (!succeeded) throw std::runtime_error(std::string("certificate: ") + step + " failed");
}

template <typename Writer>
std::string to_pem(Writer&& write) {
  bio_ptr memory{BIO_new(BIO_s_mem())};
  require(memory && write(memory.get()) == 1, "writing PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string certificate_to_pem(X509* certificate) {
  return to_pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

void add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  extension_ptr extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value)};
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

void set_random_serial(X509* certificate) {
  std::array<unsigned char, 8> bytes{};
  require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "serial");
  std::uint64_t serial = 1;
  for (const auto byte : bytes) serial = (serial << 7U) ^ byte;
  require(ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1, "serial");
}

/// Without extensions and signature. Valid from an hour ago, so that a small clock difference
/// between two machines does not matter.
x509_ptr make_unsigned(EVP_PKEY* key, std::string_view common_name) {
  constexpr long hour = 3600;
  constexpr long year = 365L * 24L * hour;
  x509_ptr certificate{X509_new()};
  require(certificate && X509_set_version(certificate.get(), 2) == 1, "creation");
  set_random_serial(certificate.get());
  require(X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -hour) != nullptr, "validity");
  require(X509_gmtime_adj(X509_getm_notAfter(certificate.get()), year) != nullptr, "validity");
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const std::string text{common_name};
  require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1,
                                     0) == 1,
          "name");
  require(X509_set_pubkey(certificate.get(), key) == 1, "public key");
  return certificate;
}

}  // namespace

server_certificate make_server_certificate() {
  key_ptr ca_key{EVP_EC_gen("P-256")};
  key_ptr server_key{EVP_EC_gen("P-256")};
  require(ca_key && server_key, "key generation");

  x509_ptr authority = make_unsigned(ca_key.get(), "Gatehouse simulator CA");
  X509_set_issuer_name(authority.get(), X509_get_subject_name(authority.get()));
  add_extension(authority.get(), authority.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(authority.get(), authority.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(authority.get(), authority.get(), NID_subject_key_identifier, "hash");
  require(X509_sign(authority.get(), ca_key.get(), EVP_sha256()) > 0, "signature");

  x509_ptr server = make_unsigned(server_key.get(), "localhost");
  X509_set_issuer_name(server.get(), X509_get_subject_name(authority.get()));
  add_extension(server.get(), authority.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(server.get(), authority.get(), NID_ext_key_usage, "serverAuth");
  add_extension(server.get(), authority.get(), NID_subject_alt_name,
                "DNS:localhost,IP:127.0.0.1,IP:::1");
  add_extension(server.get(), authority.get(), NID_authority_key_identifier, "keyid");
  require(X509_sign(server.get(), ca_key.get(), EVP_sha256()) > 0, "signature");

  return {.ca_pem = certificate_to_pem(authority.get()),
          .certificate_pem = certificate_to_pem(server.get()),
          .key_pem = to_pem([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, server_key.get(), nullptr, nullptr, 0, nullptr,
                                            nullptr);
          })};
}

std::unique_ptr<boost::asio::ssl::context> make_server_context(const server_certificate& identity) {
  using boost::asio::ssl::context;
  auto tls = std::make_unique<context>(context::tls_server);
  tls->set_options(context::default_workarounds | context::no_sslv3 | context::no_tlsv1 |
                   context::no_tlsv1_1);
  tls->use_certificate_chain(boost::asio::buffer(identity.certificate_pem));
  tls->use_private_key(boost::asio::buffer(identity.key_pem), context::pem);
  return tls;
}

}  // namespace gatehouse::sim
