#pragma once

#include <simdjson.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::admin {

/// Reads the JSON object in a request's body. The first thing that is wrong is kept as `error`,
/// naming the key and what is allowed; from then on every read gives nothing, so that a handler
/// reads all it wants and asks once. Pure.
class body_reader {
 public:
  /// An empty text reads as `{}`.
  explicit body_reader(std::string_view text);

  /// Empty: nothing was wrong so far.
  [[nodiscard]] const std::string& error() const noexcept { return error_; }
  [[nodiscard]] bool failed() const noexcept { return !error_.empty(); }

  /// A misspelt key must not be passed over.
  void allow_only(std::initializer_list<std::string_view> keys);

  [[nodiscard]] bool flag(std::string_view key, bool otherwise);
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most,
                                     std::optional<std::int64_t> otherwise);
  /// One of `choices`; the first of them where the key is absent.
  [[nodiscard]] std::string_view choice(std::string_view key,
                                        std::initializer_list<std::string_view> choices);
  [[nodiscard]] std::string_view text(std::string_view key);
  /// In a string or as a number.
  [[nodiscard]] std::optional<std::uint64_t> snowflake(std::string_view key);
  [[nodiscard]] std::uint64_t required_snowflake(std::string_view key);
  /// The text of an object.
  [[nodiscard]] std::string object(std::string_view key);

  /// Empty where the body is no object.
  [[nodiscard]] simdjson::dom::object members() const noexcept { return root_; }
  void fail(std::string_view key, std::string_view allowed);

 private:
  [[nodiscard]] std::optional<simdjson::dom::element> find(std::string_view key) const;

  simdjson::dom::parser parser_;
  simdjson::dom::object root_;
  std::string error_;
};

/// A snowflake, in a string or as a number.
[[nodiscard]] std::optional<std::uint64_t> read_snowflake(simdjson::dom::element from);

}  // namespace gatehouse::admin
