#include "figures.hpp"
#include "status_view.hpp"

#include <gatehouse/telemetry/text.hpp>

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace gatehouse::app {
namespace {

constexpr std::size_t width = 80;
/// Of those that are not connected; a table of thousands helps nobody.
constexpr std::size_t most_rows = 100;

enum class colour { good, bad, between };

class painter {
 public:
  explicit painter(bool is_on) : is_on_(is_on) {}

  [[nodiscard]] std::string paint(colour how, const std::string& text) const {
    if (!is_on_) return text;
    const char* const code = how == colour::good  ? "\x1b[32m"
                             : how == colour::bad ? "\x1b[31m"
                                                  : "\x1b[33m";
    return code + text + "\x1b[0m";
  }
  /// Worth a look if it is not zero.
  [[nodiscard]] std::string alarm(std::int64_t count, const std::string& what) const {
    const std::string text = count_text(count) + ' ' + what;
    return count == 0 ? text : paint(colour::bad, text);
  }

 private:
  bool is_on_;
};

std::string line(std::string_view name, const std::string& text) {
  return fmt::format("{:<12}{}\n", name, text);
}

/// What may be long, and what others wrote.
std::string wrapped(std::string_view name, const std::string& text) {
  std::string safe;
  telemetry::append_printable(safe, text);
  std::string out;
  constexpr std::size_t room = width - 12;
  while (safe.size() > room) {
    auto cut = safe.rfind(' ', room);
    if (cut == std::string::npos || cut == 0) cut = room;
    out += line(name, safe.substr(0, cut));
    name = {};
    safe.erase(0, safe[cut] == ' ' ? cut + 1 : cut);
  }
  return out + line(name, safe);
}

std::string identifies(const status_view& view) {
  std::string text = "budget not known";
  if (view.identifies_left) {
    text = count_text(*view.identifies_left) + " of " + count_text(view.identifies_total) + " left";
    if (view.resets_in_ms) text += ", reset in " + duration_text(*view.resets_in_ms);
  }
  if (view.identifies_waiting > 0) {
    text += "; " + count_text(view.identifies_waiting) + " shards wait";
  }
  return text;
}

std::string dead_letters(const status_view& view, const painter& with) {
  std::string text = with.alarm(view.dead_letters, "dead letters");
  if (view.dead_letters > 0) {
    text += ", " + bytes_text(static_cast<std::uint64_t>(view.dead_letter_bytes));
  }
  if (view.dead_letters_lost > 0) text += ", " + with.alarm(view.dead_letters_lost, "more lost");
  return text;
}

std::string summary(const status_view& view, const painter& with) {
  std::string out = fmt::format("gatehouse {}, up {}, configuration revision {}: ", view.version,
                                duration_text(view.uptime_ms), view.revision);
  out += view.ready ? with.paint(colour::good, "ready") : with.paint(colour::bad, "not ready");
  out += "\n\n";
  std::string shards = count_text(view.connected) + " of " + count_text(view.shards) + " connected";
  if (view.total_shards > view.shards) {
    shards += ", of " + count_text(view.total_shards) + " in all processes";
  }
  const bool is_whole = view.connected == view.shards && view.shards > 0;
  out += line("shards", with.paint(is_whole ? colour::good : colour::bad, shards));
  for (const auto& missing : view.missing) out += wrapped("", missing);
  out += line("identifies", identifies(view));
  if (!view.reshard.is_idle()) out += wrapped("reshard", progress_text(view.reshard));
  out += line("events",
              count_text(view.received) + " received, " + count_text(view.filtered) + " filtered");
  out +=
      line("", count_text(view.delivered) + " delivered, " + with.alarm(view.refused, "refused"));
  out += line("", with.alarm(view.dropped, "dropped") + ", " + with.alarm(view.gaps, "gaps"));
  out += line("queue", count_text(view.queued) + " in memory, " + count_text(view.spooled) +
                           " on disk, " + count_text(view.in_flight) + " in flight");
  return out + line("", dead_letters(view, with));
}

std::string workers(const status_view& view, const painter& with) {
  if (view.worker_rows.empty()) return {};
  std::string out =
      fmt::format("\n{:>6} {:>9} {:>9} {:>9} {:>9} {:>9} {:>11} {:>11}\n", "WORKER", "CONNECTED",
                  "QUEUED", "ON DISK", "IN FLIGHT", "MEMORY", "OLDEST", "DELIVERED");
  for (const auto& row : view.worker_rows) {
    const auto connected = fmt::format("{:>9}", fmt::format("{}/{}", row.connected, row.shards));
    const bool is_whole = row.connected == row.shards;
    const auto oldest = row.oldest_age_ms == 0 ? "-" : duration_text(row.oldest_age_ms);
    out += fmt::format("{:>6} {} {:>9} {:>9} {:>9} {:>9} {:>11} {:>11}\n", row.worker_id,
                       with.paint(is_whole ? colour::good : colour::bad, connected), row.queued,
                       row.spooled, row.in_flight,
                       bytes_text(static_cast<std::uint64_t>(row.bytes)), oldest, row.delivered);
  }
  return out;
}

colour colour_of(const shard_row& shard) {
  constexpr std::int64_t disconnected = 2;
  constexpr std::int64_t offline = 6;
  if (shard.is_connected()) return colour::good;
  return shard.state == disconnected || shard.state == offline ? colour::bad : colour::between;
}

std::string shard_line(const shard_row& shard, bool has_generations, const painter& with) {
  std::string name = std::to_string(shard.shard_id);
  if (has_generations) name += " (set " + std::to_string(shard.generation) + ')';
  std::string state;
  telemetry::append_printable(state, shard.state_name);
  const auto rtt = shard.rtt < 0 ? "-" : std::to_string(shard.rtt) + " ms";
  return fmt::format("{:>14} {:>6} {} {:>9} {:>8} {:>14} {:>5}\n", name, shard.worker_id,
                     with.paint(colour_of(shard), fmt::format("{:<12}", state)), rtt, shard.guilds,
                     count_text(shard.dispatches), shard.gaps);
}

std::string shards(const status_view& view, const painter& with) {
  const bool is_summary = view.shard_rows.size() > listed_shards;
  std::vector<shard_row> rows = view.shard_rows;
  if (is_summary) std::erase_if(rows, [](const auto& shard) { return shard.is_connected(); });
  if (rows.empty()) return {};
  const bool has_generations = std::any_of(rows.begin(), rows.end(), [&](const auto& shard) {
    return shard.generation != view.shard_rows.front().generation;
  });
  std::string out = is_summary ? fmt::format("\nnot connected: {}\n",
                                             count_text(static_cast<std::int64_t>(rows.size())))
                               : "\n";
  out += fmt::format("{:>14} {:>6} {:<12} {:>9} {:>8} {:>14} {:>5}\n", "SHARD", "WORKER", "STATE",
                     "RTT", "GUILDS", "EVENTS", "GAPS");
  for (std::size_t i = 0; i < std::min(rows.size(), most_rows); ++i) {
    out += shard_line(rows[i], has_generations, with);
  }
  if (rows.size() > most_rows) out += fmt::format("{:>14} more\n", rows.size() - most_rows);
  return out;
}

}  // namespace

std::string status_table(const status_view& view, bool has_colours) {
  const painter with{has_colours};
  return summary(view, with) + workers(view, with) + shards(view, with);
}

}  // namespace gatehouse::app
