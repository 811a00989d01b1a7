#include <gatehouse/telemetry/recent_log.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

namespace gatehouse::telemetry {
namespace {

/// Warnings and errors from before the last `kept_lines`: what goes well does not push out what
/// went wrong.
constexpr std::size_t kept_warnings = 100;

recent_line copy_of(const log_line& line) {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  recent_line copy;
  copy.unix_ms = duration_cast<milliseconds>(line.time.time_since_epoch()).count();
  copy.level = line.level;
  copy.text.append("[").append(line.component).append("] ").append(line.message);
  if (copy.text.size() > recent_log::longest_text) {
    copy.text.resize(recent_log::longest_text);
    copy.text += " …";
  }
  // They begin with a comma. Part of them would be no JSON.
  if (!line.members.empty() && line.members.size() <= recent_log::longest_text) {
    copy.members = line.members.substr(1);
  }
  return copy;
}

}  // namespace

void recent_log::add(const log_line& line) {
  if (line.level < config::log_level::info) return;
  recent_line copy = copy_of(line);
  const std::lock_guard lock{mutex_};
  copy.number = next_++;
  lines_.push_back(std::move(copy));
  if (lines_.size() <= kept_lines) return;
  // In front of the last `kept_lines` are the warnings, then the line that leaves them.
  const auto warnings = static_cast<std::ptrdiff_t>(lines_.size() - kept_lines - 1);
  const auto leaving = lines_.begin() + warnings;
  if (leaving->level < config::log_level::warn) {
    lines_.erase(leaving);
  } else if (lines_.size() > kept_lines + kept_warnings) {
    lines_.pop_front();
  }
}

recent_log::excerpt recent_log::read(std::uint64_t first) const {
  const std::lock_guard lock{mutex_};
  excerpt result;
  result.next = next_;
  const auto wanted = std::ranges::lower_bound(lines_, first, {}, &recent_line::number);
  result.lines.assign(wanted, lines_.end());
  return result;
}

}  // namespace gatehouse::telemetry
