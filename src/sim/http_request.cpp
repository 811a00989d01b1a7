#include "http_request.hpp"

#include "append.hpp"

#include <algorithm>
#include <charconv>

namespace gatehouse::sim {
namespace {

constexpr std::size_t max_head_bytes = 64U << 10U;
constexpr std::size_t max_body_bytes = 256U << 20U;

char lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A')) : letter;
}

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

bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view http_request::header(std::string_view name) const noexcept {
  for (const auto& [key, value] : std::span(headers).first(header_count)) {
    if (equals_ignoring_case(key, name)) return value;
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
  if (equals_ignoring_case(connection, "close")) out.keep_alive = false;
  if (const auto coding = out.header("transfer-encoding"); !coding.empty()) {
    if (!equals_ignoring_case(coding, "chunked")) return http_parse::malformed;
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

std::string_view http_reason(unsigned status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

void append_http_response(std::string& out, unsigned status, std::string_view body,
                          std::string_view extra_headers, bool keep_alive) {
  append(out, "HTTP/1.1 ", status, " ", http_reason(status), "\r\n", extra_headers);
  if (status != 204) append(out, "Content-Length: ", body.size(), "\r\n");
  if (!keep_alive) append(out, "Connection: close\r\n");
  append(out, "\r\n");
  if (status != 204) append(out, body);
}

}  // namespace gatehouse::sim
