#pragma once

#include "reshard_view.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The daemon's state as its admin port answers it, and as a table. Pure.
namespace gatehouse::app {

struct shard_row {
  std::int64_t shard_id = 0;
  std::int64_t worker_id = 0;
  std::int64_t generation = 0;
  std::int64_t state = 0;
  std::string state_name{};
  std::int64_t rtt = -1;
  std::int64_t guilds = 0;
  std::int64_t dispatches = 0;
  std::int64_t gaps = 0;

  [[nodiscard]] bool is_connected() const noexcept { return state == 0; }
};

struct worker_row {
  std::int64_t worker_id = 0;
  std::int64_t shards = 0;
  std::int64_t connected = 0;
  std::int64_t queued = 0;
  std::int64_t in_flight = 0;
  std::int64_t bytes = 0;
  std::int64_t spooled = 0;
  std::int64_t oldest_age_ms = 0;
  std::int64_t delivered = 0;
};

/// One handler URL over all workers.
struct handler_row {
  std::string url{};
  std::string state = "up";  ///< the worst of its workers'
  std::string last_error{};
  std::int64_t since_ms = 0;  ///< of the first worker, in its state
  std::int64_t waiting = 0;
  std::int64_t oldest_age_ms = 0;
  std::int64_t delivered = 0;
  std::int64_t retried = 0;
  std::int64_t refused = 0;
  std::optional<double> rate{};  ///< delivered a second; nothing: not known yet
};

/// What is missing in the JSON keeps its default.
struct status_view {
  std::string level{};  ///< of the daemon's verdict: well, busy, bad; empty: an older daemon
  std::string headline{};
  std::vector<std::string> reasons{};
  std::vector<handler_row> handlers{};
  std::optional<std::int64_t> disk_bytes{};  ///< of the spool; nothing: there is none
  std::int64_t disk_limit_bytes = 0;
  bool is_disk_working = true;
  std::int64_t max_concurrency = 1;
  std::int64_t spawn_delay_ms = 5'300;  ///< between identifies of one bucket
  std::string version{};
  std::int64_t uptime_ms = 0;
  std::int64_t revision = 1;
  bool ready = false;
  std::vector<std::string> missing{};
  std::int64_t total_shards = 0;
  std::int64_t shards = 0;
  std::int64_t connected = 0;
  std::optional<std::int64_t> identifies_left{};
  std::int64_t identifies_total = 0;
  std::int64_t identifies_waiting = 0;
  std::optional<std::int64_t> resets_in_ms{};
  reshard_view reshard{};
  std::int64_t received = 0;
  std::int64_t filtered = 0;
  std::int64_t delivered = 0;
  std::int64_t refused = 0;
  std::int64_t dropped = 0;
  std::int64_t gaps = 0;
  std::int64_t queued = 0;
  std::int64_t in_flight = 0;
  std::int64_t spooled = 0;
  std::int64_t dead_letters = 0;  ///< on disk
  std::int64_t dead_letter_bytes = 0;
  std::int64_t dead_letters_lost = 0;
  std::vector<worker_row> worker_rows{};
  std::vector<shard_row> shard_rows{};
};

/// The daemon's answers, each by the name of its route.
struct status_bodies {
  std::string status{};
  std::string workers{};
  std::string shards{};
  std::string queue{};
  std::string verdict{};
  std::string config{};
};
status_view read_status(const status_bodies& from);

/// Events a second by handler, from an earlier look. What has changed its state or begun anew
/// between them has no rate.
void add_rates(status_view& now, const status_view& before);

/// At most 80 columns. Up to `listed_shards` shards stand one a line; beyond that only those that
/// are not connected, those with neighbouring ids in the same state together.
inline constexpr std::size_t listed_shards = 32;
std::string status_table(const status_view& view, bool has_colours);

/// Its first lines, so many at most; what is left out is said in the last one. 0: all.
std::string first_lines(const std::string& text, std::size_t most);

}  // namespace gatehouse::app
