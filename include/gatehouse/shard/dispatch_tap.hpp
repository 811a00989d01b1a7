#pragma once

#include <gatehouse/events/pipeline.hpp>
#include <gatehouse/events/session_log.hpp>
#include <gatehouse/gateway/shard_key.hpp>
#include <gatehouse/runtime/clock.hpp>

namespace gatehouse::shard {

/// Sees what shards receive before the pipeline does, while two generations of them are connected.
/// Called on the worker's thread.
class dispatch_tap {
 public:
  virtual ~dispatch_tap() = default;
  /// False: it is to be handled as usual.
  virtual bool on_dispatch(gateway::shard_key shard, const events::session_log_ptr& session,
                           const events::dispatch& received, runtime::time_point now) = 0;
  /// Handlers are to hear nothing of this shard, not even of a gap.
  [[nodiscard]] virtual bool is_silent(gateway::shard_key shard) const = 0;
};

}  // namespace gatehouse::shard
