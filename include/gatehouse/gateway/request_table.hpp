#pragma once

#include <gatehouse/gateway/request_progress.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace gatehouse::gateway {

/// The pending requests of one kind on one shard, and what becomes of them as connections come and
/// go. An `Entry` has `progress`, `op`, `text` (the frame) and `clear_answer()`, which forgets the
/// parts of an answer that another sending will bring again.
template <class Entry>
class request_table {
 public:
  using map = std::map<request_id, Entry>;

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] map& entries() noexcept { return entries_; }

  Entry& add(request_id id, Entry entry) {
    return entries_.emplace(id, std::move(entry)).first->second;
  }
  /// It could not be sent: whoever asked knows.
  bool forget(request_id id) { return entries_.erase(id) > 0; }
  void end(typename map::iterator which, request_ended how, request_actions& out) {
    how.id = which->first;
    entries_.erase(which);
    out.emplace_back(std::move(how));
  }

  void on_sent(request_id id, runtime::time_point now) {
    if (const auto found = entries_.find(id); found != entries_.end()) {
      found->second.progress.on_sent(now);
    }
  }
  void on_connection_lost() {
    for (auto& [id, entry] : entries_) entry.progress.on_connection_lost();
  }
  void on_resumed(runtime::time_point now) {
    for (auto& [id, entry] : entries_) entry.progress.on_resumed(now);
  }
  void on_new_session(request_actions& out) {
    for (auto& [id, entry] : entries_) {
      if (entry.progress.on_new_session()) repeat(id, entry, out);
    }
  }
  /// Discord has closed the connection over something that was sent: none of those that may have
  /// been it is sent again.
  void on_connection_refused(const std::string& reason, request_actions& out) {
    end_where([](const Entry& entry) { return entry.progress.is_suspect(); },
              {0, request_ended::outcome::refused, reason}, out);
  }
  void stop(request_actions& out) {
    end_where([](const Entry&) { return true; }, {0, request_ended::outcome::stopped}, out);
  }

  void on_timer(runtime::time_point now, request_actions& out) {
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const auto current = entry++;
      switch (current->second.progress.check(now)) {
        case request_progress::step::wait:
          break;
        case request_progress::step::repeat:
          repeat(current->first, current->second, out);
          break;
        case request_progress::step::give_up:
          end(current, {0, request_ended::outcome::no_answer}, out);
          break;
      }
    }
  }
  [[nodiscard]] std::optional<runtime::time_point> deadline() const {
    std::optional<runtime::time_point> earliest;
    for (const auto& [id, entry] : entries_) {
      const auto at = entry.progress.deadline();
      earliest = earliest ? std::min(*earliest, at) : at;
    }
    return earliest;
  }

 private:
  static void repeat(request_id id, Entry& entry, request_actions& out) {
    entry.clear_answer();
    out.emplace_back(repeat_request{id, entry.op, entry.text});
  }
  template <class Condition>
  void end_where(Condition condition, const request_ended& how, request_actions& out) {
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      const auto current = entry++;
      if (condition(current->second)) end(current, how, out);
    }
  }

  map entries_;
};

}  // namespace gatehouse::gateway
