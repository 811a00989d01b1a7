#include "figures.hpp"
#include "status_view.hpp"

#include <gatehouse/telemetry/text.hpp>

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace gatehouse::app {
namespace {

constexpr std::size_t width = 80;
/// Of handlers, and of groups of shards that are not connected.
constexpr std::size_t most_rows = 20;

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

/// What is wrong, first of all; of an older daemon, whether it is ready.
std::string verdict(const status_view& view, const painter& with) {
  const bool is_well = view.level.empty() ? view.ready : view.level == "well";
  const auto how = is_well ? colour::good : view.level == "busy" ? colour::between : colour::bad;
  std::string headline;
  telemetry::append_printable(headline, view.headline);
  if (headline.empty()) headline = view.ready ? "ready" : "not ready";
  std::string out = with.paint(how, headline) + '\n';
  for (const auto& reason : view.level.empty() ? view.missing : view.reasons) {
    out += wrapped("", reason);
  }
  return out + fmt::format("\ngatehouse {}, up {}, configuration revision {}\n\n", view.version,
                           duration_text(view.uptime_ms), view.revision);
}

std::string disk(const status_view& view, const painter& with) {
  if (!view.disk_bytes) return "none";
  const auto text = fmt::format(
      "{} of {}, {} events", bytes_text(static_cast<std::uint64_t>(*view.disk_bytes)),
      bytes_text(static_cast<std::uint64_t>(view.disk_limit_bytes)), count_text(view.spooled));
  return view.is_disk_working ? text : with.paint(colour::bad, text + ", takes nothing");
}

std::string summary(const status_view& view, const painter& with) {
  std::string out = verdict(view, with);
  std::string shards = count_text(view.connected) + " of " + count_text(view.shards) + " connected";
  if (view.total_shards > view.shards) {
    shards += ", of " + count_text(view.total_shards) + " in all processes";
  }
  const bool is_whole = view.connected == view.shards && view.shards > 0;
  out += line("shards", with.paint(is_whole ? colour::good : colour::bad, shards));
  out += line("identifies", identifies(view));
  if (!view.reshard.is_idle()) out += wrapped("reshard", progress_text(view.reshard));
  out += line("events",
              count_text(view.received) + " received, " + count_text(view.filtered) + " filtered");
  out +=
      line("", count_text(view.delivered) + " delivered, " + with.alarm(view.refused, "refused"));
  out += line("", with.alarm(view.dropped, "dropped") + ", " + with.alarm(view.gaps, "gaps"));
  out += line("queue", count_text(view.queued) + " in memory, " + count_text(view.spooled) +
                           " on disk, " + count_text(view.in_flight) + " in flight");
  out += line("disk", disk(view, with));
  return out + line("", dead_letters(view, with));
}

std::string rate_text(const std::optional<double>& rate) {
  return rate ? fmt::format("{:.{}f}/s", *rate, *rate < 10 ? 1 : 0) : "-";
}

/// The end of a URL tells more than its beginning.
std::string short_url(const std::string& url, std::size_t most) {
  std::string safe;
  telemetry::append_printable(safe, url);
  return safe.size() <= most ? safe : "..." + safe.substr(safe.size() - (most - 3));
}

std::string handlers(const status_view& view, const painter& with) {
  if (view.handlers.empty()) return {};
  constexpr std::size_t url_width = 34;
  std::string out = fmt::format("\n{:<{}} {:<8} {:>8} {:>8} {:>8} {:>9}\n", "HANDLER", url_width,
                                "STATE", "RATE", "WAITING", "OLDEST", "REFUSED");
  std::size_t rows = 0;
  for (const auto& handler : view.handlers) {
    if (++rows > most_rows) break;
    std::string state;
    telemetry::append_printable(state, handler.state);
    const auto refused = fmt::format("{:>9}", handler.refused);
    out += fmt::format(
        "{:<{}} {} {:>8} {:>8} {:>8} {}\n", short_url(handler.url, url_width), url_width,
        with.paint(handler.state == "up" ? colour::good : colour::bad, fmt::format("{:<8}", state)),
        rate_text(handler.rate), handler.waiting,
        handler.oldest_age_ms == 0 ? "-" : short_duration(handler.oldest_age_ms),
        handler.refused == 0 ? refused : with.paint(colour::bad, refused));
    if (!handler.last_error.empty()) out += wrapped("", handler.last_error);
  }
  if (rows > most_rows) out += fmt::format("{} more\n", view.handlers.size() - most_rows);
  return out;
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

std::string shard_header() {
  return fmt::format("{:>14} {:>6} {:<12} {:>9} {:>8} {:>14} {:>5}\n", "SHARD", "WORKER", "STATE",
                     "RTT", "GUILDS", "EVENTS", "GAPS");
}

std::string one_by_one(const status_view& view, const painter& with) {
  if (view.shard_rows.empty()) return {};
  const bool has_generations = std::ranges::any_of(view.shard_rows, [&](const auto& shard) {
    return shard.generation != view.shard_rows.front().generation;
  });
  std::string out = "\n" + shard_header();
  for (const auto& shard : view.shard_rows) out += shard_line(shard, has_generations, with);
  return out;
}

/// Neighbours that are in the same state.
struct shard_group {
  shard_row first;
  std::int64_t last_id = 0;
  std::int64_t count = 0;
};

std::vector<shard_group> groups_of(const std::vector<shard_row>& shards) {
  std::vector<shard_group> groups;
  for (const auto& shard : shards) {
    if (shard.is_connected()) continue;
    const bool belongs = !groups.empty() && groups.back().last_id + 1 == shard.shard_id &&
                         groups.back().first.state == shard.state &&
                         groups.back().first.generation == shard.generation;
    if (!belongs) groups.push_back({shard, shard.shard_id, 0});
    groups.back().last_id = shard.shard_id;
    ++groups.back().count;
  }
  return groups;
}

/// How long those that wait for leave will take, by the identify gate's pace and budget.
std::string waiting_time(const status_view& view) {
  const auto waiting = view.identifies_waiting;
  if (waiting == 0) return {};
  const auto buckets = std::max<std::int64_t>(view.max_concurrency, 1);
  auto left_ms = (waiting + buckets - 1) / buckets * view.spawn_delay_ms;
  if (view.identifies_left && *view.identifies_left < waiting) {
    left_ms += view.resets_in_ms.value_or(0);
  }
  return ", about " + short_duration(left_ms);
}

std::string in_groups(const status_view& view, const painter& with) {
  constexpr std::int64_t unidentified = 3;
  const auto groups = groups_of(view.shard_rows);
  if (groups.empty()) return {};
  std::int64_t away = 0;
  for (const auto& group : groups) away += group.count;
  std::string out = fmt::format("\nnot connected: {}\n", count_text(away));
  for (std::size_t i = 0; i < std::min(groups.size(), most_rows); ++i) {
    const auto& group = groups[i];
    const auto ids = group.count == 1 ? std::to_string(group.last_id)
                                      : fmt::format("{}-{}", group.first.shard_id, group.last_id);
    std::string state;
    telemetry::append_printable(state, group.first.state_name);
    out += fmt::format("{:>14} {}{}\n", ids, with.paint(colour_of(group.first), state),
                       group.first.state == unidentified ? waiting_time(view) : "");
  }
  if (groups.size() > most_rows) {
    out += fmt::format("{:>14} more groups\n", groups.size() - most_rows);
  }
  return out;
}

}  // namespace

/// Many shards in few lines come early: a small terminal shows no more than the beginning.
std::string status_table(const status_view& view, bool has_colours) {
  const painter with{has_colours};
  const bool has_many = view.shard_rows.size() > listed_shards;
  return summary(view, with) + (has_many ? in_groups(view, with) : "") + handlers(view, with) +
         workers(view, with) + (has_many ? "" : one_by_one(view, with));
}

std::string first_lines(const std::string& text, std::size_t most) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  if (most == 0 || lines <= most) return text;
  std::size_t end = 0;
  for (std::size_t i = 0; i + 1 < most; ++i) end = text.find('\n', end) + 1;
  return text.substr(0, end) + fmt::format("{} more lines\n", lines - (most - 1));
}

}  // namespace gatehouse::app
