#include "gzip.hpp"

#include <zlib.h>

#include <new>

namespace gatehouse::admin {

std::string gzip(std::string_view text) {
  constexpr int window_bits_with_gzip_header = 15 + 16;
  constexpr int usual_memory = 8;
  z_stream stream{};
  if (::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_bits_with_gzip_header, usual_memory,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc{};
  }
  std::string out(::deflateBound(&stream, text.size()), '\0');
  // zlib does not write to what it reads, though its type says so.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  ::deflate(&stream, Z_FINISH);  // ends within the bound
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  return out;
}

}  // namespace gatehouse::admin
