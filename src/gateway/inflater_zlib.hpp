#pragma once

#include <gatehouse/gateway/inflater.hpp>

#include <zlib.h>

#include <string>

namespace gatehouse::gateway {

/// `zlib-stream`: one deflate stream over all messages; a payload ends where a message ends with
/// the mark of a sync flush. Needs about 40 KiB, most of it the 32 KiB window.
class zlib_inflater final : public inflater {
 public:
  zlib_inflater();
  ~zlib_inflater() override;

  inflate_result decompress(std::string_view message, payload_buffer& out) override;

 private:
  inflate_status inflate_all(std::string_view input, payload_buffer& out);

  z_stream stream_{};
  std::string pending_;  ///< messages of a payload that is not complete yet
  bool lost_ = false;
};

}  // namespace gatehouse::gateway
