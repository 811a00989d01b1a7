#pragma once

#include <gatehouse/config/settings.hpp>

#include <spdlog/fmt/fmt.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace spdlog {
class logger;
namespace details {
struct log_msg;
}
}  // namespace spdlog

/// Lines of the log that say what they are about twice: in their prose, for whoever reads it, and
/// as members of the JSON object, for whoever searches it.
namespace gatehouse::telemetry {

/// The names that members may have, and no others: docs/operations.md lists them.
enum class log_field : std::uint8_t {
  worker,
  shard,
  generation,
  url,
  status,
  event,
  event_id,
  close_code,
  seq,
  count,
  method,
  path,
  revision,
  first = worker,
  last = revision,
};

/// As in the JSON object: `event_id`.
std::string_view to_string(log_field name) noexcept;

/// One member. A view: it has to outlive the call that it is handed to.
class fact {
 public:
  template <std::integral Number>
  fact(log_field name, Number value)
      : name_(name), number_(static_cast<std::int64_t>(value)), is_number_(true) {}
  /// An empty text says nothing, and the line has no such member.
  fact(log_field name, std::string_view value) : name_(name), text_(value) {}

  /// Appends `,"name":value`.
  void append_member(std::string& out) const;

 private:
  log_field name_;
  std::int64_t number_ = 0;
  std::string_view text_{};
  bool is_number_ = false;
};
using facts = std::initializer_list<fact>;

[[nodiscard]] bool is_wanted(const spdlog::logger& log, config::log_level level);

/// The line as it is, whatever the level leaves out.
void write_prose(spdlog::logger& log, config::log_level level, std::span<const fact> members,
                 std::string_view prose);

/// Writes one line. Any thread; a line that its level leaves out costs nothing but the check.
template <class... Arguments>
void write_line(spdlog::logger& log, config::log_level level, facts members,
                fmt::format_string<Arguments...> prose, Arguments&&... arguments) {
  if (!is_wanted(log, level)) return;
  write_prose(log, level, {members.begin(), members.size()},
              fmt::format(prose, std::forward<Arguments>(arguments)...));
}

/// What a sink is handed, taken apart.
struct line_parts {
  std::string_view members;  ///< `,"shard":3,"worker":0`; empty: none
  std::string_view prose;
};
[[nodiscard]] line_parts take_apart(const spdlog::details::log_msg& message) noexcept;

}  // namespace gatehouse::telemetry
