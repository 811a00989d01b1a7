#pragma once

#include <gatehouse/storage/disk_thread.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <cstdint>
#include <filesystem>
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
  std::string payload;  ///< the dispatch as Discord sent it
  bool operator==(const dead_letter&) const = default;
};

/// One line of `dead-letters.ndjson`, without the line end; and back. Nothing for a line that is
/// none.
std::string to_line(const dead_letter& letter);
std::optional<dead_letter> from_line(std::string_view line);
/// When it was refused, as the line has it: ISO 8601, UTC.
std::string time_text(const dead_letter& letter);

/// Appends to `dead-letters.ndjson` in `state.dir`. The file is closed after each write, so that it
/// can be taken away at any time; beyond `max_file_bytes` it becomes `dead-letters.ndjson.1`, and
/// that one `.2`, whose predecessor is dropped and counted. Modes are 0600: payloads are private.
class dead_letter_file {
 public:
  static constexpr std::uint64_t max_file_bytes = 32ULL << 20;
  static constexpr int kept_files = 3;

  dead_letter_file(std::filesystem::path folder, disk_thread& disk, telemetry::logger log,
                   std::uint64_t max_bytes = max_file_bytes);
  ~dead_letter_file();
  dead_letter_file(const dead_letter_file&) = delete;
  dead_letter_file& operator=(const dead_letter_file&) = delete;

  /// From any thread. At most 1,000 letters wait for the disk; beyond that they are counted only.
  void append(dead_letter letter);

  [[nodiscard]] std::uint64_t written() const noexcept;
  [[nodiscard]] std::uint64_t lost() const noexcept;  ///< not written, or dropped by rotation

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// For the command line: all letters of a folder, oldest first, with those that a replay has taken
/// and not done; `unreadable` counts the lines that are none.
struct dead_letter_listing {
  std::vector<dead_letter> letters;
  std::size_t unreadable = 0;
};
dead_letter_listing read_dead_letters(const std::filesystem::path& folder);

}  // namespace gatehouse::storage
