#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <optional>

namespace gatehouse::fleet {

/// How far a member without contact to the engine has to hold back.
enum class contact : std::uint8_t {
  live,
  isolated,  ///< keeps its connections and forwards; identifies, claims and moves nothing
  stopped,   ///< `when_isolated = "stop"`: holds no connection
};

/// Judges one member's contact to the engine. Contact is an accepted write *and* an answered read
/// of the plan: a server that was cut off from its majority still answers reads, and one that
/// accepts writes says nothing about a plan that one has not read. Each counts from when it was
/// asked for. Pure.
class isolation {
 public:
  static constexpr runtime::seconds silence{2};

  /// `stop_after`: nothing with `when_isolated = "serve"`.
  explicit isolation(std::optional<runtime::duration> stop_after) : stop_after_(stop_after) {}

  void write_accepted(runtime::time_point asked_at);
  void plan_read(runtime::time_point asked_at);

  [[nodiscard]] contact at(runtime::time_point now) const;

 private:
  std::optional<runtime::duration> stop_after_;
  std::optional<runtime::time_point> written_;
  std::optional<runtime::time_point> read_;
};

}  // namespace gatehouse::fleet
