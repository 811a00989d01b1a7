#include <gatehouse/delivery/request_signer.hpp>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <stdexcept>

namespace gatehouse::delivery {

namespace {

struct mac_deleter {
  void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void require(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL cannot compute HMAC-SHA256");
}

}  // namespace

struct request_signer::impl {
  std::unique_ptr<EVP_MAC, mac_deleter> mac;
  std::unique_ptr<EVP_MAC_CTX, mac_deleter> context;
};

request_signer::request_signer(const config::secret& key) : impl_(std::make_unique<impl>()) {
  impl_->mac.reset(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  require(impl_->mac != nullptr);
  impl_->context.reset(EVP_MAC_CTX_new(impl_->mac.get()));
  require(impl_->context != nullptr);
  std::array<char, 7> digest{"SHA256"};
  const std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  const std::string& text = key.reveal();
  require(EVP_MAC_init(impl_->context.get(), bytes_of(text), text.size(), parameters.data()) == 1);
}

request_signer::~request_signer() = default;

void request_signer::append_signature(std::string& out, std::int64_t unix_now,
                                      std::span<const std::string_view> body) {
  EVP_MAC_CTX* context = impl_->context.get();
  // Without a key the context starts anew with the one it has.
  require(EVP_MAC_init(context, nullptr, 0, nullptr) == 1);
  const std::string signed_prefix = std::to_string(unix_now) + ".";
  EVP_MAC_update(context, bytes_of(signed_prefix), signed_prefix.size());
  for (const auto piece : body) EVP_MAC_update(context, bytes_of(piece), piece.size());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  std::size_t digest_bytes = 0;
  require(EVP_MAC_final(context, digest.data(), &digest_bytes, digest.size()) == 1);

  constexpr std::string_view hex = "0123456789abcdef";
  out.append("t=").append(signed_prefix, 0, signed_prefix.size() - 1).append(",v1=");
  for (std::size_t i = 0; i < digest_bytes; ++i) {
    out += hex[digest[i] >> 4U];
    out += hex[digest[i] & 15U];
  }
}

}  // namespace gatehouse::delivery
