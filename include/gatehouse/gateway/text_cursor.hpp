#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::gateway {

/// From this size on a payload is read with a `text_cursor` first: an index of all of it would cost
/// more than everything else that is done with it.
inline constexpr std::size_t large_payload = std::size_t{16} << 10;

/// Reads JSON text from front to back and makes no index: what lies within a value that nobody
/// wants is only searched for its end, 64 bytes at a time.
///
/// Strict where it reads, and as lenient as simdjson's On-Demand front end in what it skips: there
/// brackets are counted, strings must end and have no control characters. Whoever gets false, which
/// says "not understood" and not "malformed", asks simdjson. Does not look at UTF-8. The text must
/// be followed by `parse_padding` readable bytes, which count for nothing. Needs AVX2: see `works`.
class text_cursor {
 public:
  enum class search : std::uint8_t { found, absent, not_understood };

  explicit text_cursor(std::string_view text) noexcept
      : at_(text.data()), end_(text.data() + text.size()) {}
  /// Whether this processor has what it takes; nothing else may be called otherwise.
  [[nodiscard]] static bool works() noexcept;

  [[nodiscard]] const char* place() const noexcept { return at_; }
  /// White space, then this character.
  [[nodiscard]] bool take(char wanted) noexcept;
  /// White space, then a string; `raw`: between its quotes, escapes as they came.
  [[nodiscard]] bool take_string(std::string_view& raw) noexcept;
  /// White space, then a value of any kind; `raw`: all of it, as it came.
  [[nodiscard]] bool take_value(std::string_view& raw) noexcept;
  /// Within an object, behind its opening brace: goes behind the first member of that name, or, if
  /// there is none, behind the closing brace.
  [[nodiscard]] search find_member(std::string_view name, std::string_view& raw) noexcept;
  /// Within an object or array, but in none of its values: goes behind its closing bracket.
  [[nodiscard]] bool leave() noexcept;
  /// Nothing but white space is left.
  [[nodiscard]] bool at_end() noexcept;

 private:
  void skip_space() noexcept;
  [[nodiscard]] bool skip_scalar() noexcept;

  const char* at_;
  const char* end_;
};

}  // namespace gatehouse::gateway
