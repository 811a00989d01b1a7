#include "spdlog_level.hpp"

#include <gatehouse/telemetry/log_fields.hpp>
#include <gatehouse/telemetry/text.hpp>

#include <spdlog/logger.h>

#include <string>

namespace gatehouse::telemetry {
namespace {

/// Members travel in front of the prose, in one buffer, and how long they are in the place where
/// spdlog keeps a source's line: no text, whoever wrote it, can pass for them.
constexpr const char* marker = "gatehouse::telemetry members";

}  // namespace

std::string_view to_string(log_field name) noexcept {
  switch (name) {
    case log_field::worker:
      return "worker";
    case log_field::shard:
      return "shard";
    case log_field::generation:
      return "generation";
    case log_field::url:
      return "url";
    case log_field::status:
      return "status";
    case log_field::event:
      return "event";
    case log_field::event_id:
      return "event_id";
    case log_field::close_code:
      return "close_code";
    case log_field::seq:
      return "seq";
    case log_field::count:
      return "count";
    case log_field::method:
      return "method";
    case log_field::path:
      return "path";
    case log_field::revision:
      return "revision";
  }
  return "unknown";
}

void fact::append_member(std::string& out) const {
  if (!is_number_ && text_.empty()) return;
  out.append(",\"").append(to_string(name_)).append("\":");
  if (is_number_) {
    out += std::to_string(number_);
  } else {
    append_json_string(out, text_);
  }
}

bool is_wanted(const spdlog::logger& log, config::log_level level) {
  return log.should_log(to_spdlog(level));
}

void write_prose(spdlog::logger& log, config::log_level level, std::span<const fact> members,
                 std::string_view prose) {
  std::string payload;
  for (const fact& each : members) each.append_member(payload);
  const spdlog::source_loc where{marker, static_cast<int>(payload.size()), marker};
  payload += prose;
  log.log(where, to_spdlog(level), spdlog::string_view_t{payload.data(), payload.size()});
}

line_parts take_apart(const spdlog::details::log_msg& message) noexcept {
  const std::string_view payload{message.payload.data(), message.payload.size()};
  if (message.source.filename != marker || message.source.line <= 0) return {{}, payload};
  const auto length = static_cast<std::size_t>(message.source.line);
  return {payload.substr(0, length), payload.substr(length)};
}

}  // namespace gatehouse::telemetry
