#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::sim {

/// One HTTP/1.1 request inside a receive buffer. All views point into that buffer.
struct http_request {
  static constexpr std::size_t max_headers = 48;

  std::string_view method;
  std::string_view target;
  std::string_view body;
  bool keep_alive = true;
  std::size_t size = 0;  ///< bytes of the buffer it takes

  std::array<std::pair<std::string_view, std::string_view>, max_headers> headers;
  std::size_t header_count = 0;

  /// The value of a header; the name in any case. Empty when absent.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

enum class http_parse {
  complete,
  incomplete,  ///< more bytes are needed
  malformed,   ///< answer 400 and close; chunked bodies are not understood here
};

/// Reads one request from the start of `buffer`.
http_parse parse_http_request(std::string_view buffer, http_request& out);

/// Appends a whole response with Content-Length. `extra_headers` are complete lines with CRLF.
void append_http_response(std::string& out, unsigned status, std::string_view body,
                          std::string_view extra_headers = {}, bool keep_alive = true);

}  // namespace gatehouse::sim
