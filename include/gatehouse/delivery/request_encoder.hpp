#pragma once

#include <gatehouse/config/secret.hpp>
#include <gatehouse/delivery/lane_scheduler.hpp>
#include <gatehouse/net/url.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::delivery {

/// `<session_id>:<seq>`: the handler's idempotency key, the same on every retry.
std::string event_id(const events::event& event);

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

/// Puts a request of one URL on the wire as HTTP/1.1. What is the same for every request is built
/// once; payloads are not copied. Not thread-safe; one per target.
///
/// With batching configured the body is always an array, of one element too, so that a handler sees
/// one form. A request of a single event names it in its headers in either form.
class request_encoder {
 public:
  struct options {
    std::string user_agent;
    config::secret authorization;   ///< empty: no header
    config::secret signing_secret;  ///< empty: no signature
    std::string envelope;           ///< the payload's key in a batch element
    bool is_batched = false;
  };

  /// Throws std::invalid_argument for text that cannot stand in a header (it is not repeated).
  request_encoder(const net::url& to, const options& chosen);

  /// The clock is needed (`unix_now` below) only with a signing secret.
  [[nodiscard]] bool is_signing() const noexcept { return signer_ != nullptr; }

  /// Head and body in pieces, valid until the next call and as long as the events are; the caller
  /// may shorten them as it writes. The events' `attempts` must already count this request.
  std::span<std::string_view> encode(const request& to_send, std::int64_t unix_now);

 private:
  struct glue_range {
    std::size_t offset;
    std::size_t bytes;
    std::string_view payload;
  };

  void encode_batch(const request& to_send);
  void encode_head(const request& to_send, std::int64_t unix_now);

  std::string fixed_head_;
  std::string envelope_;
  bool is_batched_;
  std::unique_ptr<request_signer> signer_;
  std::string head_;
  std::string glue_;  ///< what stands between the payloads of a batch
  std::vector<glue_range> glue_ranges_;
  std::vector<std::string_view> pieces_;
};

}  // namespace gatehouse::delivery
