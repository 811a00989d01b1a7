#include "fault_syntax.hpp"

#include "append.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace gatehouse::sim {
namespace {

constexpr auto kinds = std::to_array<std::pair<std::string_view, fault_kind>>({
    {"reset", fault_kind::reset},
    {"reconnect", fault_kind::reconnect},
    {"invalid-session", fault_kind::invalid_session},
    {"close", fault_kind::close},
    {"stop-acks", fault_kind::stop_acks},
    {"silence", fault_kind::silence},
    {"corrupt-frame", fault_kind::corrupt_frame},
    {"unreadable-event", fault_kind::unreadable_event},
    {"request-heartbeat", fault_kind::request_heartbeat},
    {"refuse-connection", fault_kind::refuse_connection},
    {"slow-hello", fault_kind::slow_hello},
    {"reconnect-instead-of-hello", fault_kind::reconnect_instead_of_hello},
    {"close-instead-of-hello", fault_kind::close_instead_of_hello},
    {"refuse-resume", fault_kind::refuse_resume},
});

template <typename Number>
bool read(std::string_view text, Number& out) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
  return result.ec == std::errc{} && result.ptr == text.data() + text.size();
}

bool read_milliseconds(std::string_view text, runtime::milliseconds& out) {
  std::int64_t count = 0;
  if (!read(text, count) || count < 0) return false;
  out = runtime::milliseconds(count);
  return true;
}

template <typename Number>
bool read_optional(std::string_view text, std::optional<Number>& out) {
  return read(text, out.emplace());
}

/// Splits "kind:a=1,b=2" and hands each setting to `apply(key, value)`. Returns what is wrong.
template <typename Apply>
std::optional<fault_syntax_error> each_setting(std::string_view text, Apply&& apply) {
  const auto colon = text.find(':');
  std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  while (!rest.empty()) {
    const auto end = rest.find(',');
    const auto setting = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const auto equals = setting.find('=');
    if (equals == std::string_view::npos ||
        !apply(setting.substr(0, equals), setting.substr(equals + 1))) {
      return fault_syntax_error{concat("fault '", text, "': bad setting '", setting, "'")};
    }
  }
  return std::nullopt;
}

bool apply_setting(fault& what, std::string_view key, std::string_view value) {
  if (key == "shard") return read_optional(value, what.shard);
  if (key == "times") return read(value, what.times);
  if (key == "code") return read(value, what.close_code);
  if (key == "delay-ms") return read_milliseconds(value, what.delay);
  if (key == "at-event") return read_optional(value, what.at_event);
  if (key == "at-ms") return read_milliseconds(value, what.at_time.emplace());
  if (key != "resumable" || (value != "true" && value != "false")) return false;
  what.resumable = value == "true";
  return true;
}

bool apply_setting(rest_fault& what, std::string_view key, std::string_view value) {
  if (key == "times") return read(value, what.times);
  if (key == "retry-after") return read(value, what.retry_after_seconds);
  if (key != "route") return false;
  if (value == "callback") {
    what.route = rest_route::callback;
  } else if (value == "gateway-bot") {
    what.route = rest_route::gateway_bot;
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::variant<fault, fault_syntax_error> parse_fault(std::string_view text) {
  const auto name = text.substr(0, text.find(':'));
  const auto* const kind = std::find_if(kinds.begin(), kinds.end(),
                                        [&](const auto& entry) { return entry.first == name; });
  if (kind == kinds.end()) {
    std::string known;
    for (const auto& entry : kinds) append(known, known.empty() ? "" : ", ", entry.first);
    return fault_syntax_error{concat("fault '", text, "': unknown kind; known are ", known)};
  }
  fault what;
  what.kind = kind->second;
  if (auto error = each_setting(text, [&](std::string_view key, std::string_view value) {
        return apply_setting(what, key, value);
      })) {
    return *std::move(error);
  }
  return what;
}

std::variant<rest_fault, fault_syntax_error> parse_rest_fault(std::string_view text) {
  const auto name = text.substr(0, text.find(':'));
  rest_fault what;
  if (name == "hang") {
    what.kind = rest_fault_kind::hang;
  } else if (name == "reset") {
    what.kind = rest_fault_kind::reset;
  } else if (!read(name, what.status) || what.status < 400 || what.status > 599) {
    return fault_syntax_error{
        concat("REST fault '", text, "': expected a status from 400 to 599, hang or reset")};
  }
  if (auto error = each_setting(text, [&](std::string_view key, std::string_view value) {
        return apply_setting(what, key, value);
      })) {
    return *std::move(error);
  }
  return what;
}

}  // namespace gatehouse::sim
