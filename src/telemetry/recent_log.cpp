#include <gatehouse/telemetry/recent_log.hpp>

#include <chrono>
#include <utility>

namespace gatehouse::telemetry {
namespace {

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
  if (lines_.size() > kept_lines) lines_.pop_front();
}

recent_log::excerpt recent_log::read(std::uint64_t first) const {
  const std::lock_guard lock{mutex_};
  excerpt result;
  result.next = next_;
  const std::uint64_t oldest = next_ - lines_.size();
  const std::uint64_t skipped = first > oldest ? first - oldest : 0;
  for (std::uint64_t i = skipped; i < lines_.size(); ++i) result.lines.push_back(lines_[i]);
  return result;
}

}  // namespace gatehouse::telemetry
