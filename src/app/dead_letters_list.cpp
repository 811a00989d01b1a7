#include <gatehouse/app/dead_letters.hpp>
#include <gatehouse/telemetry/text.hpp>

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace gatehouse::app {
namespace {

constexpr std::size_t columns = 9;
using row = std::array<std::string, columns>;

std::string printable(std::string_view text) {
  std::string safe;
  telemetry::append_printable(safe, text);
  return safe;
}

row cells_of(const storage::dead_letter& letter) {
  return {storage::time_text(letter),
          std::to_string(letter.status),
          std::to_string(letter.shard_id),
          printable(letter.type),
          printable(letter.event_id),
          std::to_string(letter.attempts),
          std::to_string(letter.request_bytes),
          printable(letter.url),
          printable(letter.answer.empty() ? letter.reason : letter.answer)};
}

void append_member(std::string& out, std::string_view key, std::string_view value) {
  out.append(",\"").append(key).append("\":");
  telemetry::append_json_string(out, value);
}

void append_letter(std::string& out, const storage::dead_letter& letter) {
  out += "{\"time\":\"" + storage::time_text(letter) + '"';
  out += fmt::format(",\"status\":{},\"shardId\":{}", letter.status, letter.shard_id);
  append_member(out, "event", letter.type);
  append_member(out, "eventId", letter.event_id);
  out += fmt::format(",\"attempts\":{},\"deferred\":{}", letter.attempts, letter.deferred);
  append_member(out, "url", letter.url);
  append_member(out, "reason", letter.reason);
  out += fmt::format(",\"requestBytes\":{}", letter.request_bytes);
  append_member(out, "answer", letter.answer);
  out += '}';
}

}  // namespace

std::string letters_as_table(const storage::dead_letter_listing& listing) {
  std::vector<row> rows{
      {"TIME", "STATUS", "SHARD", "EVENT", "EVENT ID", "ATTEMPTS", "BYTES", "URL", "ANSWER"}};
  for (const auto& letter : listing.letters) rows.push_back(cells_of(letter));
  std::array<std::size_t, columns> widths{};
  for (const auto& each : rows) {
    for (std::size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], each[i].size());
  }
  std::string text;
  for (const auto& each : rows) {
    for (std::size_t i = 0; i + 1 < columns; ++i) {
      text += fmt::format("{:<{}}  ", each[i], widths[i]);
    }
    text += each.back() + '\n';
  }
  return text;
}

std::string letters_as_json(const storage::dead_letter_listing& listing) {
  std::string text = "[";
  for (const auto& letter : listing.letters) {
    if (text.size() > 1) text += ",\n";
    append_letter(text, letter);
  }
  return text += ']';
}

std::string letter_as_text(const storage::dead_letter& letter) {
  return fmt::format(
      "event     {} {}, shard {}\nrefused   {} by {}, attempt {}\nreason    {}\n"
      "request   {} bytes\nanswer    {}\npayload   {}\n",
      printable(letter.type), printable(letter.event_id), letter.shard_id,
      storage::time_text(letter), printable(letter.url), letter.attempts, printable(letter.reason),
      letter.request_bytes, printable(letter.answer), printable(letter.payload));
}

std::string result_as_text(const replay_result& result) {
  std::string text = fmt::format("{} accepted, {} refused again", result.accepted, result.refused);
  if (result.unreadable > 0) {
    text +=
        fmt::format(", {} unreadable lines moved to dead-letters.unreadable", result.unreadable);
  }
  if (!result.stopped.empty()) {
    text += fmt::format(", {} kept for the next replay", result.remaining);
  }
  return text;
}

std::string result_as_json(const replay_result& result) {
  std::string text =
      fmt::format(R"({{"accepted":{},"refused":{},"unreadable":{},"remaining":{},"stopped":)",
                  result.accepted, result.refused, result.unreadable, result.remaining);
  if (result.stopped.empty()) {
    text += "null";
  } else {
    telemetry::append_json_string(text, result.stopped);
  }
  return text += '}';
}

}  // namespace gatehouse::app
