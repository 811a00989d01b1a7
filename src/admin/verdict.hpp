#pragma once

#include <gatehouse/cluster/metrics_board.hpp>
#include <gatehouse/cluster/status_board.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// How things stand, in one line and with reasons. The one place where that is decided: the
/// dashboard's *Attention*, `gatehouse status` and its icon in the tab show what comes out. Pure.
namespace gatehouse::admin {

/// What it is judged by.
struct circumstances {
  cluster::readiness ready{};
  cluster::shard_progress shards{};
  std::vector<cluster::absence> absences{};
  std::vector<std::shared_ptr<const cluster::worker_metrics>> workers{};
  cluster::manager_metrics manager{};
  bool is_disk_working = true;
  bool has_state_folder = true;
  std::uint64_t dead_letters = 0;  ///< on disk
  bool has_dropped = false;        ///< events were lost within the last minute
  runtime::time_point now{};
};

struct verdict {
  enum class level {
    well,
    busy,  ///< starting, resharding: it needs time and nobody's help
    bad,
  };
  level how = level::well;
  std::string headline;  ///< "Attention: handler down, dead letters"
  std::vector<std::string> reasons{};
};

/// A shard may be away for so long before somebody should look.
inline constexpr runtime::seconds absence_patience{60};

[[nodiscard]] verdict judge(const circumstances& found);

}  // namespace gatehouse::admin
