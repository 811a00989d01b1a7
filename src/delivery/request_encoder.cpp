#include <gatehouse/delivery/request_encoder.hpp>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
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

void append_number(std::string& out, std::integral auto value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_event_id(std::string& out, const events::event& event) {
  out += event.session->event_id_prefix();
  if (event.seq != 0) {
    append_number(out, event.seq);
  } else {
    out += "gap";  // the only event that gatehouse makes itself, at most one a session
  }
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  const bool is_clean = std::none_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (!is_clean) throw std::invalid_argument(std::string{name} + ": has control characters");
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string event_id(const events::event& event) {
  std::string id;
  append_event_id(id, event);
  return id;
}

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

request_encoder::request_encoder(const net::url& to, const options& chosen)
    : envelope_(chosen.envelope), is_batched_(chosen.is_batched) {
  if (!chosen.signing_secret.empty()) {
    signer_ = std::make_unique<request_signer>(chosen.signing_secret);
  }
  const bool has_host = to.scheme != net::url_scheme::http_unix;
  fixed_head_ = "POST " + to.target + " HTTP/1.1\r\n";
  append_header(fixed_head_, "Host", has_host ? to.authority() : "localhost");
  append_header(fixed_head_, "User-Agent", chosen.user_agent);
  append_header(fixed_head_, "Content-Type", "application/json");
  if (!chosen.authorization.empty()) {
    append_header(fixed_head_, "Authorization", chosen.authorization.reveal());
  }
  fixed_head_ += "Content-Length: ";
}

std::span<std::string_view> request_encoder::encode(const request& to_send, std::int64_t unix_now) {
  pieces_.clear();
  pieces_.emplace_back();  // the head, once the body is known
  if (is_batched_) {
    encode_batch(to_send);
  } else {
    pieces_.push_back(to_send.events.front().body());
  }
  encode_head(to_send, unix_now);
  pieces_.front() = head_;
  return pieces_;
}

void request_encoder::encode_batch(const request& to_send) {
  glue_.clear();
  glue_ranges_.clear();
  std::size_t begin = 0;
  for (const auto& event : to_send.events) {
    glue_ += begin == 0 ? "[{\"shardId\":" : "},{\"shardId\":";
    append_number(glue_, event.shard_id());
    glue_ += ",\"eventId\":\"";
    append_event_id(glue_, event);
    glue_ += "\",\"attempt\":";
    append_number(glue_, event.attempts);
    if (event.deferred != 0) {
      glue_ += ",\"deferred\":";
      append_number(glue_, event.deferred);
    }
    glue_.append(",\"").append(envelope_).append("\":");
    glue_ranges_.push_back({begin, glue_.size() - begin, event.payload()});
    begin = glue_.size();
  }
  // Views only now: the text does not move any more.
  for (const auto& range : glue_ranges_) {
    pieces_.emplace_back(glue_.data() + range.offset, range.bytes);
    pieces_.push_back(range.payload);
  }
  pieces_.emplace_back("}]");
}

void request_encoder::encode_head(const request& to_send, std::int64_t unix_now) {
  const auto body = std::span<const std::string_view>{pieces_}.subspan(1);
  std::size_t body_bytes = 0;
  for (const auto piece : body) body_bytes += piece.size();

  head_ = fixed_head_;
  append_number(head_, body_bytes);
  if (to_send.events.size() == 1) {
    const events::event& only = to_send.events.front();
    head_ += "\r\nX-Gatehouse-Event-Id: ";
    append_event_id(head_, only);
    head_ += "\r\nX-Gatehouse-Attempt: ";
    append_number(head_, only.attempts);
    if (only.deferred != 0) {
      head_ += "\r\nX-Gatehouse-Deferred: ";
      append_number(head_, only.deferred);
    }
  }
  if (signer_) {
    head_ += "\r\nX-Gatehouse-Signature: ";
    signer_->append_signature(head_, unix_now, body);
  }
  head_ += "\r\n\r\n";
}

}  // namespace gatehouse::delivery
