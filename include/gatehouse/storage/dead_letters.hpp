#pragma once

#include <gatehouse/storage/disk_thread.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::storage {

/// An event that its handler refused.
struct dead_letter {
  std::int64_t unix_ms = 0;
  std::string url;  ///< as it may be logged
  int status = 0;
  std::string reason;
  std::string event_id;
  int shard_id = 0;
  std::string type;
  std::uint32_t attempts = 0;
  int deferred = 0;
  std::string payload{};            ///< the dispatch as Discord sent it
  std::uint64_t request_bytes = 0;  ///< of the request's body; 0: not known
  std::string answer{};             ///< what the handler's began with, `longest_answer` bytes of it
  static constexpr std::size_t longest_answer = 512;
  bool operator==(const dead_letter&) const = default;
};

/// One line of `dead-letters.ndjson`, without the line end; and back. Nothing for a line that is
/// none.
std::string to_line(const dead_letter& letter);
std::optional<dead_letter> from_line(std::string_view line);
/// When it was refused, as the line has it: ISO 8601, UTC.
std::string time_text(const dead_letter& letter);

/// What lies in `state.dir`, and what has become of the letters of this process.
struct dead_letter_usage {
  std::uint64_t letters = 0;  ///< on disk, those of earlier processes and of replays too
  std::uint64_t bytes = 0;    ///< of the files
  std::uint64_t limit_bytes = 0;
  std::uint64_t written = 0;
  std::uint64_t lost = 0;  ///< not written, or dropped to make room
};

/// Appends to `dead-letters.ndjson` in `state.dir`. The file is closed after each write, so that it
/// can be taken away at any time; an eighth of the limit large (32 MiB at most) it becomes
/// `dead-letters.ndjson.1`, that one `.2`, and so on. The oldest give way to the limit, which is
/// that of all files together; what is lost is counted and logged. Modes are 0600: payloads are
/// private.
class dead_letter_file {
 public:
  static constexpr std::uint64_t most_file_bytes = 32ULL << 20;
  /// Of the letters that wait for the disk; beyond that they are lost.
  static constexpr std::uint64_t most_waiting_bytes = 16ULL << 20;

  dead_letter_file(const std::filesystem::path& folder, disk_thread& disk, telemetry::logger log,
                   std::uint64_t limit_bytes);
  ~dead_letter_file();
  dead_letter_file(const dead_letter_file&) = delete;
  dead_letter_file& operator=(const dead_letter_file&) = delete;

  /// From any thread. `when_safe` is called once the letter survives a loss of power, on the disk
  /// thread, or is lost for good and counted, at once where too many wait.
  void append(dead_letter letter, std::function<void()> when_safe = {});

  /// Any thread. What replays do shows after a second or two.
  [[nodiscard]] dead_letter_usage usage() const noexcept;

 private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

/// For the command line: all letters of a folder, oldest first, with those that a replay has taken
/// and not done; `unreadable` counts the lines that are none.
struct dead_letter_listing {
  std::vector<dead_letter> letters;
  std::size_t unreadable = 0;
};
/// Only those that are `wanted`.
dead_letter_listing read_dead_letters(
    const std::filesystem::path& folder,
    const std::function<bool(const dead_letter&)>& wanted = [](const auto&) { return true; });

}  // namespace gatehouse::storage
