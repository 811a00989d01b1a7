#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <optional>

namespace gatehouse::gateway {

/// Finds sessions that acknowledge heartbeats but deliver nothing any more, by comparing with what
/// the same shard usually does. Pure.
///
/// It is asked once in a while with the number of dispatches so far: per event it costs nothing.
/// What counts as usual is learned in two figures. One is the gap between dispatches, each moment
/// weighing the same: a second full of events says little beside an hour without. The other is the
/// longest silence of late, which half a day halves: a shard whose events come in bursts, or only
/// in the evening, has shown that it can be silent for long and be well.
///
/// A silence is out of the ordinary when it exceeds a minute, 50 usual gaps and three times the
/// longest silence of late; it is reported once a heartbeat has been acknowledged beyond that
/// point, which tells a deaf session from a dead connection.
class silence_watch {
 public:
  static constexpr runtime::seconds shortest_alarm{60};
  static constexpr double usual_gaps = 50;
  static constexpr double longest_silences = 3;
  /// Before both of these, nothing is usual yet.
  static constexpr std::uint64_t least_dispatches = 200;
  static constexpr runtime::seconds least_watched{600};
  /// How long the usual gap remembers, and how long the longest silence takes to halve.
  static constexpr runtime::seconds memory{600};
  static constexpr std::chrono::hours half_life{12};
  /// Dispatches after which a reported silence has ended for good; a resume by itself brings one.
  static constexpr std::uint64_t recovered_after = 10;

  /// While the session is connected. True once per silence: it is deaf. If it still is after a
  /// reconnect, it takes twice as long to be reported again, and so on.
  [[nodiscard]] bool check(std::uint64_t dispatches, std::optional<runtime::time_point> last_ack,
                           runtime::time_point now) noexcept;
  /// While it is not: the time without a connection is no silence.
  void pause() noexcept { heard_at_.reset(); }

  /// What would be out of the ordinary now; nothing while too little is known.
  [[nodiscard]] std::optional<runtime::duration> bound() const noexcept;

 private:
  void learn(std::uint64_t news, runtime::duration silence) noexcept;

  std::optional<runtime::time_point> heard_at_;  ///< when `dispatches_` was last seen to grow
  std::uint64_t dispatches_ = 0;
  std::uint64_t learned_from_ = 0;
  std::chrono::duration<double> watched_{0};
  std::chrono::duration<double> usual_gap_{0};
  std::chrono::duration<double> longest_silence_{0};
  std::uint64_t recovered_at_ = 0;  ///< dispatches; 0: nothing to recover from
  int patience_ = 1;
  bool is_reported_ = false;
};

}  // namespace gatehouse::gateway
