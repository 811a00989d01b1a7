#pragma once

#include <gatehouse/delivery/verdict.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace gatehouse::delivery {

enum class health_state : std::uint8_t {
  up,       ///< deliver at full width
  down,     ///< nothing is sent until the next probe
  probing,  ///< one request is under way to see whether it is back
};

/// Whether one handler URL is worth sending to: a circuit breaker. Pure: `now` is handed in.
///
/// A failed connection, or an answer that speaks for the whole handler (429, 503, a Retry-After),
/// takes it down at once; other failures only when `failures_to_down` came in a row, so that one
/// event that its handler cannot digest does not stop the others. While it is down one probe at a
/// time tries it; only a probe's success brings it back.
class handler_health {
 public:
  static constexpr std::uint32_t failures_to_down = 3;

  /// How long to wait after so many failed tries in a row, from 1 on.
  using pauses = std::function<runtime::duration(int tries)>;
  /// `now`: since when it counts as up.
  handler_health(pauses between, runtime::time_point now)
      : pauses_(std::move(between)), since_(now) {}

  /// Both return true if the handler changed between up and not up by it.
  bool succeeded(bool was_probe, runtime::time_point now);
  bool failed(const verdict& why, std::string text, bool was_probe, runtime::time_point now);

  [[nodiscard]] bool probe_is_due(runtime::time_point now) const noexcept {
    return state_ == health_state::down && now >= next_probe_;
  }
  void begin_probe() noexcept { state_ = health_state::probing; }

  [[nodiscard]] bool is_up() const noexcept { return state_ == health_state::up; }
  [[nodiscard]] health_state state() const noexcept { return state_; }
  /// Since when it is up, or not up.
  [[nodiscard]] runtime::time_point since() const noexcept { return since_; }
  /// Why it is down, or last was; empty if it never was.
  [[nodiscard]] const std::string& last_error() const noexcept { return last_error_; }
  /// Of use while down.
  [[nodiscard]] runtime::time_point next_probe() const noexcept { return next_probe_; }

 private:
  void plan_probe(const verdict& why, runtime::time_point now);

  pauses pauses_;
  health_state state_ = health_state::up;
  runtime::time_point since_;
  runtime::time_point next_probe_{};
  std::uint32_t failures_in_row_ = 0;
  int pauses_made_ = 0;
  std::string last_error_;
};

}  // namespace gatehouse::delivery
