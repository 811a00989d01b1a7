#pragma once

#include <gatehouse/fleet/messages.hpp>
#include <gatehouse/gateway/identify_gate.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <map>
#include <optional>
#include <vector>

namespace gatehouse::fleet {

/// A question for leave that is older is not answered any more, and leave that answers an older one
/// is void: whoever was frozen with leave in its hand must not use it beside its heir. Below the
/// least `cluster.identify_fence_ms` by far.
inline constexpr runtime::seconds leave_validity{10};
/// Between two questions of one shard.
inline constexpr runtime::seconds leave_retry{2};

/// Leave to identify, in the coordinator: `gateway::identify_gate` for shards of other machines,
/// whose questions and reports may be lost, late or twice. A round of grants is handed out only
/// after it was stored. Pure.
class leave_desk {
 public:
  /// `not_before`: until then leave of an earlier coordinator may still be used.
  leave_desk(runtime::duration spacing, runtime::time_point not_before);

  void learn(int total, int remaining, runtime::duration reset_after, int max_concurrency,
             runtime::time_point asked_at, runtime::time_point now);
  [[nodiscard]] bool wants_limit(runtime::time_point now);

  /// Leave that the asker has been given already and may have missed, to be sent again.
  std::optional<granted_leave> asked(const leave_wanted& question, runtime::time_point now);
  void over(const leave_over& report, runtime::time_point now);

  /// Whoever's turn it is and for whom `holds` is true, to be stored. Nobody while a round is being
  /// stored.
  template <class Holds>
  std::vector<granted_leave> next_round(runtime::time_point now, Holds holds) {
    if (!storing_.empty() || now < not_before_) return {};
    forget_old(now);
    std::erase_if(questions_, [&](const auto& each) {
      if (holds(each.second.content)) return false;
      gate_.abandon(gateway::shard_key{each.first, 0}, now);
      return true;
    });
    return draw(now);
  }
  /// It is stored: these go out.
  std::vector<granted_leave> stored(runtime::time_point now);
  /// It is not, or nobody knows: none of it goes out.
  void not_stored(runtime::time_point now);

  [[nodiscard]] std::size_t waiting() const noexcept { return questions_.size(); }

 private:
  struct question {
    leave_wanted content;
    runtime::time_point at;
  };
  struct outstanding {
    granted_leave leave;
    gateway::identify_grant grant;
    runtime::time_point at;
  };

  void forget_old(runtime::time_point now);
  std::vector<granted_leave> draw(runtime::time_point now);

  runtime::time_point not_before_;
  gateway::identify_gate gate_;
  std::map<int, question> questions_;       ///< by shard
  std::map<int, outstanding> outstanding_;  ///< by shard
  std::vector<outstanding> storing_;
};

}  // namespace gatehouse::fleet
