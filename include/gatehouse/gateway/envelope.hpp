#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace gatehouse::gateway {

/// Bytes that must be readable (not necessarily zero) behind every text given to the parser.
inline constexpr std::size_t parse_padding = 64;

/// What the daemon reads of a payload; the payload itself is forwarded as it came.
///
/// The views point into the parsed text and live as long as that does.
struct envelope {
  int op = -1;
  std::int64_t seq = 0;   ///< `s`; 0 when null or absent (Discord counts from 1)
  std::string_view type;  ///< `t` without quotes; empty when null or absent
  std::string_view data;  ///< raw JSON text of `d`; empty when absent
  /// `d.id` for GUILD_CREATE/UPDATE/DELETE, else `d.guild_id`; 0: none, or not a snowflake.
  std::uint64_t guild_id = 0;
};

enum class envelope_error {
  none,
  not_json,  ///< malformed, truncated, or text behind the object
  not_an_object,
  missing_op,
  wrong_type,  ///< op, s or t of a type that the protocol does not allow
};

class padded_parser;

/// Reads envelopes. One per worker: it keeps its buffers from payload to payload. Not thread-safe.
class envelope_parser {
 public:
  envelope_parser();
  ~envelope_parser();
  envelope_parser(const envelope_parser&) = delete;
  envelope_parser& operator=(const envelope_parser&) = delete;

  /// `text` must be followed by `parse_padding` readable bytes. Keys may come in any order; unknown
  /// keys are ignored. On an error `out` is unspecified.
  envelope_error parse(std::string_view text, envelope& out);
  /// What was parsed last, without an error, for those who have to know more of it (raw_json.hpp):
  /// making the index is most of the work.
  [[nodiscard]] padded_parser& indexed() noexcept;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gatehouse::gateway
