#pragma once

#include <gatehouse/net/http_client.hpp>

#include <boost/system/error_code.hpp>

#include <memory>
#include <string>
#include <string_view>

/// HTTP/1.1 requests to text and answers from text, without I/O.
namespace gatehouse::net {

/// Whether method, target and headers can be sent without breaking the request apart.
bool is_well_formed(const http_request& request) noexcept;

/// Request line and headers, with the empty line.
std::string render_head(const http_request& request, std::string_view authority);

/// Reads one answer from the pieces in which it arrives; skips interim (1xx) ones.
class response_reader {
 public:
  response_reader(bool to_head, std::size_t max_body_bytes);
  ~response_reader();
  response_reader(const response_reader&) = delete;
  response_reader& operator=(const response_reader&) = delete;

  boost::system::error_code put(std::string_view bytes);
  /// The peer has closed: the end of an answer without length, or an error.
  boost::system::error_code put_end();

  [[nodiscard]] bool is_done() const noexcept;
  /// Whether anything at all has arrived.
  [[nodiscard]] bool has_begun() const noexcept;
  /// Whether the connection may carry another request. Ask when done.
  [[nodiscard]] bool keeps_alive() const noexcept;
  http_response take();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gatehouse::net
