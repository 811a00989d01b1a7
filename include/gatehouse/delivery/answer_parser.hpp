#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::delivery {

/// What matters of an HTTP answer; its body is thrown away.
struct answer {
  int status = 0;
  bool keep_alive = false;
  std::string retry_after;  ///< the header's text, empty without it
  std::string body;         ///< its first `kept_body_bytes`, of an answer that is no success
};

/// Reads the answers of one connection, pipelined or not: fixed length, chunked, until close, and
/// none at all; interim (1xx) answers are skipped, but for 101. Pure; not thread-safe.
class answer_parser {
 public:
  static constexpr std::size_t max_header_bytes = 16'384;

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
  [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }
  [[nodiscard]] const answer& last() const noexcept { return last_; }
  /// For a new connection.
  void reset();

 private:
  class beast_parser;

  result feed_beast(std::string_view bytes);

  answer last_;
  bool has_begun_ = false;
  std::string pending_;  ///< an incomplete header, not yet taken by the parser below
  std::unique_ptr<beast_parser> beast_;  ///< null between answers
};

}  // namespace gatehouse::delivery
