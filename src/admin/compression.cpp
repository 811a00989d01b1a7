#include "compression.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <zlib.h>

#include <algorithm>
#include <new>
#include <string>

namespace gatehouse::admin {
namespace {

/// `q=0` and its longer spellings.
bool is_excluded(const boost::beast::http::param_list& parameters) {
  return std::any_of(parameters.begin(), parameters.end(), [](const auto& each) {
    return boost::beast::iequals(each.first, "q") &&
           each.second.find_first_not_of("0.") == boost::beast::string_view::npos;
  });
}

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

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  const boost::beast::http::ext_list codings{{accept_encoding.data(), accept_encoding.size()}};
  const auto found = std::find_if(codings.begin(), codings.end(), [](const auto& each) {
    return boost::beast::iequals(each.first, "gzip") || each.first == "*";
  });
  return found != codings.end() && !is_excluded(found->second);
}

void compress(response& reply) {
  constexpr std::size_t least_bytes = 1024;
  if (reply.body.size() < least_bytes) return;
  reply.body = gzip(reply.body);
  reply.headers.emplace_back("Content-Encoding", "gzip");
  reply.headers.emplace_back("Vary", "Accept-Encoding");
}

}  // namespace gatehouse::admin
