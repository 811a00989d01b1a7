#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::sim {

/// One HTTP/1.1 request inside a receive buffer. All views point into that buffer, but for the body
/// of a chunked one, which is put together in here.
struct http_request {
  http_request() = default;
  http_request(const http_request&) = delete;
  http_request& operator=(const http_request&) = delete;

  static constexpr std::size_t max_headers = 48;

  std::string_view method;
  std::string_view target;
  std::string_view body;
  bool keep_alive = true;
  std::size_t size = 0;  ///< bytes of the buffer it takes

  std::array<std::pair<std::string_view, std::string_view>, max_headers> headers;
  std::size_t header_count = 0;
  std::string joined_chunks;

  /// The value of a header; the name in any case. Empty when absent.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

enum class http_parse {
  complete,
  incomplete,  ///< more bytes are needed
  malformed,   ///< answer 400 and close
};

/// Reads one request from the start of `buffer`.
http_parse parse_http_request(std::string_view buffer, http_request& out);

/// Appends a whole response with Content-Length. `extra_headers` are complete lines with CRLF.
void append_http_response(std::string& out, unsigned status, std::string_view body,
                          std::string_view extra_headers = {}, bool keep_alive = true);

}  // namespace gatehouse::sim
