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

/// Chunks (RFC 9112, 7.1) at the start of `rest`, to the last one and its trailers.
http_parse join_chunks(std::string_view rest, std::size_t before, http_request& out) {
  const std::size_t all = rest.size();
  out.joined_chunks.clear();
  for (;;) {
    const auto line_end = rest.find("\r\n");
    if (line_end == std::string_view::npos) return http_parse::incomplete;
    std::size_t size = 0;
    const auto result = std::from_chars(rest.data(), rest.data() + line_end, size, 16);
    const char after = result.ptr == rest.data() + line_end ? ';' : *result.ptr;  // extensions
    if (result.ec != std::errc{} || (after != ';' && after != ' ') ||
        out.joined_chunks.size() + size > max_body_bytes) {
      return http_parse::malformed;
    }
    if (size == 0) break;
    rest.remove_prefix(line_end + 2);
    if (rest.size() < size + 2) return http_parse::incomplete;
    if (rest.substr(size, 2) != "\r\n") return http_parse::malformed;
    out.joined_chunks.append(rest.substr(0, size));
    rest.remove_prefix(size + 2);
  }
  const auto end = rest.find("\r\n\r\n");  // of the last chunk's line, or of the trailers
  if (end == std::string_view::npos) return http_parse::incomplete;
  out.size = before + (all - rest.size()) + end + 4;
  out.body = out.joined_chunks;
  return http_parse::complete;
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
  const auto connection = out.header("connection");
  if (boost::beast::iequals(connection, "close")) out.keep_alive = false;
  if (const auto coding = out.header("transfer-encoding"); !coding.empty()) {
    if (!boost::beast::iequals(coding, "chunked")) return http_parse::malformed;
    return join_chunks(buffer.substr(head_end + 4), head_end + 4, out);
  }

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
