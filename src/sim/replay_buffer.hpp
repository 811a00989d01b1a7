#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

namespace gatehouse::sim {

/// The dispatches of one session that a resume can still repeat, oldest first.
class replay_buffer {
 public:
  explicit replay_buffer(std::size_t capacity) : capacity_(capacity) {}

  /// `seq` must be above every earlier one. Beyond the capacity the oldest is given up.
  void push(std::uint64_t seq, std::string payload);
  /// Gives up what is not newer than `seq`.
  void trim(std::uint64_t seq);
  /// Whether a resume from `seq` would miss nothing.
  [[nodiscard]] bool covers(std::uint64_t seq) const noexcept { return seq >= given_up_; }
  [[nodiscard]] std::size_t size() const noexcept { return held_.size(); }

  /// Calls `visit(payload)` for everything newer than `seq`; returns how many.
  template <typename Visitor>
  std::uint64_t each_after(std::uint64_t seq, Visitor&& visit) const {
    std::uint64_t count = 0;
    for (const auto& [number, payload] : held_) {
      if (number <= seq) continue;
      visit(payload);
      ++count;
    }
    return count;
  }

 private:
  void give_up_oldest();

  std::size_t capacity_;
  std::uint64_t given_up_ = 0;  ///< the newest seq no longer held
  std::deque<std::pair<std::uint64_t, std::string>> held_;
};

}  // namespace gatehouse::sim
