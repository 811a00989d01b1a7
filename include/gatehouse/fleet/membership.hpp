#pragma once

#include <gatehouse/fleet/messages.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::fleet {

/// Who is alive, as far as one member hears. Silence of others means something only while one's own
/// heartbeats come back: a member that was frozen, or whose connection is gone, would find
/// everybody dead but itself. Pure.
class membership {
 public:
  /// Who has not been heard for so long is forgotten.
  static constexpr std::chrono::minutes memory{10};

  membership(std::string self, runtime::duration takeover);

  /// Also one's own, as it comes back.
  void heard(const heartbeat& beat, runtime::time_point now);

  /// Since when it has heard itself without a gap; nothing if it does not.
  [[nodiscard]] std::optional<runtime::time_point> listening_since(runtime::time_point now) const;
  /// Whether it has listened for so long that silence of others says they are dead.
  [[nodiscard]] bool can_judge(runtime::time_point now) const;
  /// How long nothing was heard of a member while one listened: 0 if one does not listen.
  [[nodiscard]] runtime::duration silence(const std::string& member, runtime::time_point now) const;
  [[nodiscard]] bool is_alive(const std::string& member, runtime::time_point now) const;
  /// Newest heartbeats of those that are alive, by name.
  [[nodiscard]] std::vector<const heartbeat*> alive(runtime::time_point now) const;
  /// Null if it was never heard, or not for long.
  [[nodiscard]] const heartbeat* find(const std::string& member) const;

 private:
  struct peer {
    heartbeat newest;
    runtime::time_point at;
  };

  std::string self_;
  runtime::duration takeover_;
  std::map<std::string, peer> peers_;
  std::optional<runtime::time_point> since_;
  runtime::time_point last_echo_{};
};

}  // namespace gatehouse::fleet
