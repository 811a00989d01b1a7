#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// What Beast's parser has to be spared with answers that the rest of the world understands. Pure.
namespace gatehouse::net {

/// More interim (1xx) answers than this in front of one answer are an error.
inline constexpr int most_interim_answers = 16;

/// Behind a chunked answer's header Beast's parser must be given so many bytes at once, or none:
/// fewer cannot end the answer, but it takes the last chunk apart as if they could.
inline constexpr std::size_t least_chunked_bytes = 5;

/// Whether `head` begins with a status line that ends behind its status, such as `HTTP/1.1 200`.
/// RFC 9112 section 4 wants a blank there even without a reason phrase; curl, nginx, Go and Netty
/// do without.
bool lacks_blank(std::string_view head) noexcept;

/// Gives the status line at `begin` its blank, if it lacks one. False while it is too short to
/// tell.
bool complete_status_line(std::string& text, std::size_t begin);

}  // namespace gatehouse::net
