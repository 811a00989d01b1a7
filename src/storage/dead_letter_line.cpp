#include "utc.hpp"

#include <gatehouse/storage/dead_letters.hpp>
#include <gatehouse/telemetry/text.hpp>

#include <simdjson.h>

#include <algorithm>
#include <limits>

namespace gatehouse::storage {
namespace {

using simdjson::SUCCESS;
using simdjson::dom::object;

bool is_json_object(std::string_view text) {
  simdjson::dom::parser parser;
  return parser.parse(text.data(), text.size()).is_object();
}

/// Between the tokens of JSON a line break may stand; a line has none.
void append_on_one_line(std::string& out, std::string_view json) {
  const std::size_t start = out.size();
  out += json;
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
      [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

void append_string(std::string& out, std::string_view key, std::string_view value) {
  out.append(",\"").append(key).append("\":");
  telemetry::append_json_string(out, value);
}

void append_number(std::string& out, std::string_view key, std::int64_t value) {
  out.append(",\"").append(key).append("\":").append(std::to_string(value));
}

bool read(const object& from, const char* key, std::string& into) {
  std::string_view text;
  if (from[key].get_string().get(text) != SUCCESS) return false;
  into = text;
  return true;
}

template <class Number>
bool read(const object& from, const char* key, Number& into) {
  std::int64_t value = 0;
  if (from[key].get_int64().get(value) != SUCCESS) return false;
  using limits = std::numeric_limits<Number>;
  if (value < std::int64_t{limits::min()} || value > std::int64_t{limits::max()}) return false;
  into = static_cast<Number>(value);
  return true;
}

/// What earlier versions did not write.
void read_answer(const object& from, dead_letter& letter) {
  static_cast<void>(read(from, "answer", letter.answer));
  if (from["requestBytes"].get_uint64().get(letter.request_bytes) != SUCCESS) {
    letter.request_bytes = 0;
  }
}

/// The text of the last member, whose object ends the line.
bool read_payload(std::string_view line, const object& from, std::string& into) {
  if (from["message"].is_string()) return read(from, "message", into);
  simdjson::ondemand::parser parser;
  const simdjson::padded_string padded{line};
  simdjson::ondemand::document document;
  if (parser.iterate(padded).get(document) != SUCCESS) return false;
  simdjson::ondemand::object message;
  if (document["message"].get_object().get(message) != SUCCESS) return false;
  std::string_view text;
  if (message.raw_json().get(text) != SUCCESS) return false;
  into = text;
  return true;
}

}  // namespace

std::string time_text(const dead_letter& letter) {
  return utc_text(letter.unix_ms);
}

std::string to_line(const dead_letter& letter) {
  std::string line = "{\"time\":\"" + time_text(letter) + '"';
  append_string(line, "url", letter.url);
  append_number(line, "status", letter.status);
  append_string(line, "reason", letter.reason);
  append_string(line, "eventId", letter.event_id);
  append_number(line, "shardId", letter.shard_id);
  append_string(line, "event", letter.type);
  append_number(line, "attempts", letter.attempts);
  append_number(line, "deferred", letter.deferred);
  append_number(line, "requestBytes", static_cast<std::int64_t>(letter.request_bytes));
  append_string(line, "answer",
                std::string_view{letter.answer}.substr(0, dead_letter::longest_answer));
  if (is_json_object(letter.payload)) {
    append_on_one_line(line += ",\"message\":", letter.payload);
  } else {
    append_string(line, "message", letter.payload);
  }
  line += '}';
  return line;
}

std::optional<dead_letter> from_line(std::string_view line) {
  simdjson::dom::parser parser;
  object all;
  if (parser.parse(line.data(), line.size()).get_object().get(all) != SUCCESS) return std::nullopt;
  dead_letter letter;
  std::string time;
  const bool is_complete =
      read(all, "time", time) && read(all, "url", letter.url) &&
      read(all, "status", letter.status) && read(all, "reason", letter.reason) &&
      read(all, "eventId", letter.event_id) && read(all, "shardId", letter.shard_id) &&
      read(all, "event", letter.type) && read(all, "attempts", letter.attempts) &&
      read(all, "deferred", letter.deferred) && read_payload(line, all, letter.payload);
  const auto unix_ms = parse_utc(time);
  if (!is_complete || !unix_ms) return std::nullopt;
  letter.unix_ms = *unix_ms;
  read_answer(all, letter);
  return letter;
}

}  // namespace gatehouse::storage
