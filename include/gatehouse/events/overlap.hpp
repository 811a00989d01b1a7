#pragma once

#include <gatehouse/events/content_key.hpp>
#include <gatehouse/events/guild_cache.hpp>
#include <gatehouse/events/kept_dispatch.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace gatehouse::events {

/// An event that the serving generation has forwarded.
struct forwarded_copy {
  content_key key;
  runtime::time_point at;
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

  /// The serving generation is about to stop: what is loaded from here on is no repetition of what
  /// the handlers know.
  void on_stopping(runtime::time_point now) { stopping_at_ = now; }
  /// The new generation serves. What was held and is to be forwarded, in the order of its arrival;
  /// the rest is in `take_settled`.
  [[nodiscard]] std::vector<held_dispatch> serve(runtime::time_point now);
  [[nodiscard]] bool is_serving() const noexcept { return is_serving_; }
  /// Held ones whose copy was forwarded meanwhile, and after `serve` those that repeat what was
  /// forwarded before the comparison began: settled, not to be forwarded.
  [[nodiscard]] std::vector<kept_dispatch> take_settled();

  [[nodiscard]] std::size_t held() const noexcept { return held_count_; }
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
  [[nodiscard]] bool repeats_the_past(const held_dispatch& held) const noexcept;
  void forget_old(runtime::time_point now);

  runtime::time_point since_;
  runtime::duration window_;
  std::optional<runtime::time_point> stopping_at_;
  boost::unordered_flat_map<content_key, excess> excess_;
  /// Pairs of the beginning, of which the later half may belong to what comes next.
  boost::unordered_flat_map<content_key, pairing> doubtful_;
  std::deque<std::optional<held_dispatch>> held_;  ///< by ticket, less first_ticket_
  ticket first_ticket_ = 0;
  std::vector<kept_dispatch> settled_;
  std::size_t held_count_ = 0;
  std::size_t held_bytes_ = 0;
  std::uint64_t matched_ = 0;
  runtime::duration longest_lag_{};
  bool is_serving_ = false;
};

}  // namespace gatehouse::events
