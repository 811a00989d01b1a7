#pragma once

#include <gatehouse/events/content_key.hpp>
#include <gatehouse/events/guild_cache.hpp>
#include <gatehouse/events/kept_dispatch.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::events {

/// An event that the serving generation has forwarded.
struct forwarded_copy {
  content_key key;
  runtime::time_point at;
  std::uint64_t guild_id = 0;
  /// Its guild does not say which of the new shards receives it.
  bool is_anywhere = false;
};

/// Events that only one of the two generations has received within a window, since the comparison
/// began. Counted is what should have a counterpart here.
struct unmatched_events {
  std::uint64_t forwarded = 0;  ///< by the serving one: the new one is deaf to something
  std::uint64_t held = 0;       ///< by the new one, or what they have in common is not recognised
  std::string example{};        ///< the name of the last one held

  [[nodiscard]] std::uint64_t count() const noexcept { return forwarded + held; }
};

/// An event of the new generation, of which the serving one has not been seen to forward a copy.
struct held_dispatch {
  kept_dispatch content;
  std::optional<guild_cache::creation> creation;
};

/// The time in which two generations of shards receive the same events, as the worker of some of
/// the new shards sees it. Pure.
///
/// The serving generation forwards; what the new one receives is held until its copy is known to
/// have been forwarded, and then forgotten. Which of the two comes first, and by how much, does not
/// matter: only what is in excess on one side is kept. When the serving generation has stopped, and
/// all it has forwarded is known here, what is still held was forwarded by nobody and is what the
/// new generation begins with; copies that come later of what was forwarded are recognised then.
///
/// Only the beginning needs time: copies of events that were forwarded before the comparison began
/// come for up to a `window` afterwards, without a counterpart. So it has to last for at least two
/// windows, and the window has to be longer than one generation can lag behind the other;
/// `longest_lag` tells whether it was.
///
/// Who waits for its counterpart for longer than a window will have none: `expire` forgets it, so
/// that the memory it takes is that of a window, and counts it. While there are such, the two
/// generations do not receive the same, or it is not recognised as such: no moment to switch.
///
/// Equal contents that come again are counted, and paired first to first. Where the beginning
/// makes that doubtful, for the counterpart of the first may have come before, the nearer one in
/// time is taken; so a content may come again and again as long as it does not within twice the
/// lag.
class overlap {
 public:
  enum class fate {
    held,     ///< nothing known of a copy
    dropped,  ///< its copy was forwarded
    passed,   ///< serving, and nothing known of a copy: to be forwarded
  };

  overlap(runtime::time_point since, runtime::duration window);

  /// Of the serving generation, whichever worker it was.
  void on_forwarded(const forwarded_copy& copy);
  /// What becomes of an event of the new generation.
  [[nodiscard]] fate on_received(content_key key, runtime::time_point now);
  /// After `fate::held`: takes it over.
  void hold(content_key key, held_dispatch held);

  /// Forgets what has waited for longer than a window; what was held of it is in `take_settled`.
  void expire(runtime::time_point now);
  [[nodiscard]] const unmatched_events& unmatched() const noexcept { return unmatched_; }

  /// The serving generation is about to stop: what is loaded from here on is no repetition of what
  /// the handlers know.
  void on_stopping(runtime::time_point now) { stopping_at_ = now; }
  /// The new generation serves. What was held and is to be forwarded, in the order of its arrival;
  /// the rest is in `take_settled`.
  [[nodiscard]] std::vector<held_dispatch> serve(runtime::time_point now);
  [[nodiscard]] bool is_serving() const noexcept { return is_serving_; }
  /// Held ones whose copy was forwarded meanwhile, that have expired, and after `serve` those that
  /// repeat what was forwarded before the comparison began: settled, not to be forwarded.
  [[nodiscard]] std::vector<kept_dispatch> take_settled();

  [[nodiscard]] std::size_t held() const noexcept { return held_.size(); }
  /// What is remembered of either side.
  [[nodiscard]] std::size_t remembered() const noexcept {
    return held_.size() + order_.size() + excess_.size() + doubtful_.size();
  }
  [[nodiscard]] std::size_t held_bytes() const noexcept { return held_bytes_; }
  [[nodiscard]] std::uint64_t matched() const noexcept { return matched_; }
  /// Between two copies of an event, so far.
  [[nodiscard]] runtime::duration longest_lag() const noexcept { return longest_lag_; }

 private:
  using ticket = std::uint64_t;
  /// Copies of one content that only one side has had so far: at most one of the lists is in use.
  struct excess {
    std::vector<runtime::time_point> forwarded;
    std::vector<ticket> held;
  };

  struct held_place {
    content_key key;
    held_dispatch event;
  };
  struct pairing {
    runtime::time_point received;
    runtime::time_point forwarded;
  };

  [[nodiscard]] bool is_early(runtime::time_point at) const noexcept;
  [[nodiscard]] bool is_of_the_past(runtime::time_point first,
                                    std::optional<runtime::time_point> second,
                                    runtime::time_point counterpart) const noexcept;
  void pair(content_key key, const pairing& made);
  [[nodiscard]] runtime::time_point received_at(ticket number) const;
  void release(ticket number);
  void expire_held(runtime::time_point now);
  void expire_forwarded(runtime::time_point now);
  [[nodiscard]] bool repeats_the_past(const held_dispatch& held) const noexcept;
  void forget_old(runtime::time_point now);

  runtime::time_point since_;
  runtime::duration window_;
  std::optional<runtime::time_point> stopping_at_;
  boost::unordered_flat_map<content_key, excess> excess_;
  /// Pairs of the beginning, of which the later half may belong to what comes next.
  boost::unordered_flat_map<content_key, pairing> doubtful_;
  std::map<ticket, held_place> held_;  ///< in the order of their arrival
  ticket last_ticket_ = 0;
  std::deque<forwarded_copy> order_;  ///< what had no counterpart as it came; it may have one now
  unmatched_events unmatched_;
  std::vector<kept_dispatch> settled_;
  std::size_t held_bytes_ = 0;
  std::uint64_t matched_ = 0;
  runtime::duration longest_lag_{};
  bool is_serving_ = false;
};

}  // namespace gatehouse::events
