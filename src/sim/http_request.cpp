#include "http_request.hpp"

#include "append.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>

#include <charconv>
#include <span>

namespace gatehouse::sim {
namespace {

constexpr std::size_t max_head_bytes = 64U << 10U;
constexpr std::size_t max_body_bytes = 256U << 20U;

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view take_line(std::string_view& head) noexcept {
  const auto end = head.find("\r\n");
  const auto line = head.substr(0, end);
  head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
  return line;
}

bool parse_request_line(std::string_view line, http_request& out) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || last == first) return false;
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  out.keep_alive = version == "HTTP/1.1";
  return version.starts_with("HTTP/1.") && !out.target.empty();
}

bool parse_headers(std::string_view head, http_request& out) {
  out.header_count = 0;
  while (!head.empty()) {
    const auto line = take_line(head);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || out.header_count == http_request::max_headers) {
      return false;
    }
    out.headers[out.header_count++] = {line.substr(0, colon), trimmed(line.substr(colon + 1))};
  }
  return true;
}

}  // namespace

std::string_view http_request::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : std::span(headers).first(header_count)) {
    if (boost::beast::iequals(key, name)) return value;
  }
  return {};
}

http_parse parse_http_request(std::string_view buffer, http_request& out) {
  const auto head_end = buffer.find("\r\n\r\n");
  if (head_end == std::string_view::npos) {
    return buffer.size() > max_head_bytes ? http_parse::malformed : http_parse::incomplete;
  }
  std::string_view head = buffer.substr(0, head_end);
  if (!parse_request_line(take_line(head), out) || !parse_headers(head, out)) {
    return http_parse::malformed;
  }
  if (!out.header("transfer-encoding").empty()) return http_parse::malformed;
  const auto connection = out.header("connection");
  if (boost::beast::iequals(connection, "close")) out.keep_alive = false;

  std::size_t length = 0;
  if (const auto text = out.header("content-length"); !text.empty()) {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), length);
    if (result.ec != std::errc{} || result.ptr != text.data() + text.size() ||
        length > max_body_bytes) {
      return http_parse::malformed;
    }
  }
  out.size = head_end + 4 + length;
  if (buffer.size() < out.size) return http_parse::incomplete;
  out.body = buffer.substr(head_end + 4, length);
  return http_parse::complete;
}

void append_http_response(std::string& out, unsigned status, std::string_view body,
                          std::string_view extra_headers, bool keep_alive) {
  namespace http = boost::beast::http;
  const std::string_view reason = http::obsolete_reason(static_cast<http::status>(status));
  append(out, "HTTP/1.1 ", status, " ", reason, "\r\n", extra_headers);
  if (status != 204) append(out, "Content-Length: ", body.size(), "\r\n");
  if (!keep_alive) append(out, "Connection: close\r\n");
  append(out, "\r\n");
  if (status != 204) append(out, body);
}

}  // namespace gatehouse::sim
