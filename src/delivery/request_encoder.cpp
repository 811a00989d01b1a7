#include <gatehouse/delivery/request_encoder.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <stdexcept>

namespace gatehouse::delivery {

namespace {

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
