#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Resharding as the daemon answers it, and as people read it. Pure.
namespace gatehouse::app {

/// `GET /reshard`. What is missing in the JSON keeps its default.
struct reshard_view {
  std::string phase = "idle";
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t connected = 0;
  std::int64_t loaded = 0;
  std::int64_t guilds = 0;
  std::string waiting_for{};
  std::int64_t running_for_ms = 0;
  std::optional<std::int64_t> remaining_ms{};
  std::string last_result{};

  [[nodiscard]] bool is_idle() const noexcept { return phase == "idle"; }
};
reshard_view read_reshard(std::string_view json);

/// The answer to `POST /reshard`.
struct reshard_plan {
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t identifies_needed = 0;
  std::optional<std::int64_t> identifies_left{};
  std::int64_t duration_ms = 0;
  std::string note{};  ///< what is to be changed in the configuration
};
reshard_plan read_plan(std::string_view json);

std::string plan_text(const reshard_plan& plan);
/// How far it has come, at most 79 columns.
std::string progress_bar(const reshard_view& view);
/// The same for a log.
std::string progress_text(const reshard_view& view);

}  // namespace gatehouse::app
