#include "http_message.hpp"

#include <gatehouse/net/status_line.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace gatehouse::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::uint32_t max_header_bytes = 64U << 10;

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool is_visible(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7F;
  });
}

bool is_header_value(std::string_view text) noexcept {
  return text.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos;
}

/// Methods with a body say so even when it is empty (RFC 9110 section 8.6).
bool expects_body(std::string_view method) noexcept {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

bool is_well_formed(const http_request& request) noexcept {
  return is_token(request.method) && request.target.starts_with('/') &&
         is_visible(request.target) &&
         std::all_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
           return is_token(header.first) && is_header_value(header.second);
         });
}

std::string render_head(const http_request& request, std::string_view authority) {
  std::string head = request.method + ' ' + request.target + " HTTP/1.1\r\nHost: ";
  head += authority;
  head += "\r\n";
  for (const auto& [name, value] : request.headers) {
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
  }
  if (!request.body.empty() || expects_body(request.method)) {
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return head += "\r\n";
}

std::optional<std::string_view> http_response::header(std::string_view name) const noexcept {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& candidate) {
    return boost::beast::iequals(candidate.first, name);
  });
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

struct response_reader::impl {
  impl(bool answers_head, std::size_t max_body) : to_head(answers_head), max_body_bytes(max_body) {
    begin();
  }

  bool to_head;
  std::size_t max_body_bytes;
  bool begun = false;
  int interim_answers = 0;
  std::string unparsed;  ///< of a header that is not complete yet
  std::optional<http::response_parser<http::string_body>> parser;

  void begin() {
    parser.emplace();
    parser->eager(true);
    parser->skip(to_head);
    parser->body_limit(max_body_bytes);
    parser->header_limit(max_header_bytes);
  }

  /// 101 answers an upgrade, which is never asked for here, and would be final.
  [[nodiscard]] bool is_interim() const {
    const unsigned status = parser->get().result_int();
    return parser->is_done() && status >= 100 && status < 200 && status != 101;
  }

  /// RFC 9110 section 15. Beast takes any three digits.
  [[nodiscard]] bool has_no_status() const {
    return parser->is_header_done() && parser->get().result_int() < 100;
  }

  error_code skip_interim() {
    if (++interim_answers > most_interim_answers) return http::error::header_limit;
    begin();
    return {};
  }

  /// Whether the parser can do anything with the bytes from `used` on.
  bool prepare(std::size_t used) {
    if (!parser->is_header_done()) return complete_status_line(unparsed, used);
    return !parser->chunked() || unparsed.size() - used >= least_chunked_bytes;
  }
};

response_reader::response_reader(bool to_head, std::size_t max_body_bytes)
    : impl_(std::make_unique<impl>(to_head, max_body_bytes)) {}

response_reader::~response_reader() = default;

error_code response_reader::put(std::string_view bytes) {
  impl_->begun = true;
  impl_->unparsed += bytes;
  std::size_t used = 0;
  error_code error;
  while (!error && used < impl_->unparsed.size() && !is_done() && impl_->prepare(used)) {
    const boost::asio::const_buffer rest{impl_->unparsed.data() + used,
                                         impl_->unparsed.size() - used};
    used += impl_->parser->put(rest, error);
    if (!error && impl_->has_no_status()) error = http::error::bad_status;
    if (!error && impl_->is_interim()) error = impl_->skip_interim();
  }
  impl_->unparsed.erase(0, used);
  if (error && error != http::error::need_more) return error;
  // Of a header, or of what describes a chunk, which nobody else bounds.
  if (!is_done() && impl_->unparsed.size() > max_header_bytes) return http::error::header_limit;
  return {};
}

error_code response_reader::put_end() {
  if (!impl_->begun) return http::error::end_of_stream;
  // Behind an interim answer, or with a status line too short to be handed on.
  if (!impl_->parser->got_some()) return http::error::partial_message;
  error_code error;
  impl_->parser->put_eof(error);
  if (!error && !is_done()) return http::error::partial_message;
  return error;
}

bool response_reader::is_done() const noexcept {
  return impl_->parser->is_done();
}

bool response_reader::has_begun() const noexcept {
  return impl_->begun;
}

bool response_reader::keeps_alive() const noexcept {
  // Bytes behind the answer belong to no request: nothing on this connection can be trusted.
  return impl_->parser->keep_alive() && impl_->unparsed.empty();
}

http_response response_reader::take() {
  auto message = impl_->parser->release();
  http_response out;
  out.status = message.result_int();
  for (const auto& field : message) {
    out.headers.emplace_back(field.name_string(), field.value());
  }
  out.body = std::move(message.body());
  return out;
}

}  // namespace gatehouse::net
