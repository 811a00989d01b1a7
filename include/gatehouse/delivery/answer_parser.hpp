#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::delivery {

/// What matters of an HTTP answer.
struct answer {
  int status = 0;
  bool keep_alive = false;
  std::string retry_after;  ///< the header's text, empty without it
  std::string body;         ///< its first `kept_body_bytes`, of an answer that is no success
};

/// Reads the answers of one connection, pipelined or not: fixed length, chunked, until close, and
/// none at all; interim (1xx) answers are skipped, but for 101.
///
/// Nothing goes on for ever: a header beyond `max_header_bytes` and a row of interim answers fail.
/// A body that takes more than `max_body_bytes`, its chunks' descriptions counted, is not waited
/// for: the answer is complete with the status it has, and without `keep_alive`, as what follows is
/// the rest of it. Pure; not thread-safe.
class answer_parser {
 public:
  static constexpr std::size_t max_header_bytes = 16'384;
  static constexpr std::size_t max_body_bytes = 64UL << 10;
  static constexpr std::size_t kept_body_bytes = 512;

  enum class outcome : std::uint8_t {
    need_more,  ///< all bytes are consumed (or kept inside)
    complete,   ///< `last()` is set; bytes beyond `consumed` belong to the next answer
    failed,     ///< not HTTP: the connection is of no more use
  };
  struct result {
    outcome what;
    std::size_t consumed;
  };

  answer_parser();
  ~answer_parser();
  answer_parser(const answer_parser&) = delete;
  answer_parser& operator=(const answer_parser&) = delete;

  result feed(std::string_view bytes);
  /// The connection has ended in order: `complete` if that ends an answer, else `failed`.
  outcome feed_end();
  /// Part of an answer is in.
  [[nodiscard]] bool has_begun() const noexcept;
  [[nodiscard]] const answer& last() const noexcept { return last_; }
  /// For a new connection.
  void reset();

 private:
  class beast_parser;

  enum class step : std::uint8_t { go_on, wait, complete, failed };

  step advance(std::string_view& rest);
  bool skip_interim();
  void finish(bool keep_alive);

  answer last_;
  int interim_answers_ = 0;
  std::size_t body_bytes_ = 0;
  std::string pending_;  ///< of a header or of a chunk's; not yet taken by the parser below
  std::string mended_;   ///< what it is given in place of what came
  /// Nothing between answers. Allocated once: Beast stays in the source.
  std::unique_ptr<std::optional<beast_parser>> beast_;
};

}  // namespace gatehouse::delivery
