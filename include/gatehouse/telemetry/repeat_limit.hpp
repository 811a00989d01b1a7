#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <optional>
#include <utility>

namespace gatehouse::telemetry {

/// Keeps one kind of line from filling the log: the first `burst` within `window` are written, the
/// others counted and told in one line when the window ends ("… and 412 more in 60 s"). Pure.
class repeat_limit {
 public:
  static constexpr std::uint64_t burst = 5;
  static constexpr runtime::seconds window{60};

  /// Another one: whether it is to be written. Ask `take_due` before, or what the last window has
  /// kept back is forgotten.
  [[nodiscard]] bool admit(runtime::time_point now) noexcept {
    if (!began_ || now - *began_ >= window) {
      began_ = now;
      written_ = 0;
      kept_back_ = 0;
    }
    if (written_ < burst) {
      ++written_;
      return true;
    }
    ++kept_back_;
    return false;
  }

  /// How many were kept back, once their window has ended; 0: nothing to tell.
  [[nodiscard]] std::uint64_t take_due(runtime::time_point now) noexcept {
    if (!began_ || now - *began_ < window) return 0;
    return take_all();
  }
  /// The same without waiting for the window's end, for whoever stops.
  [[nodiscard]] std::uint64_t take_all() noexcept { return std::exchange(kept_back_, 0); }

  /// The last one was not written.
  [[nodiscard]] bool is_keeping_back() const noexcept { return kept_back_ > 0; }

 private:
  std::optional<runtime::time_point> began_;
  std::uint64_t written_ = 0;
  std::uint64_t kept_back_ = 0;
};

}  // namespace gatehouse::telemetry
