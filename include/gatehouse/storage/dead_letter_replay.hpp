#pragma once

#include <gatehouse/storage/dead_letters.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>

namespace gatehouse::storage {

/// For the command line: takes the dead letters of a folder away from where the daemon, which may
/// be running, appends further ones, and goes through them, oldest first. What an interrupted
/// replay has left comes before what has been added since.
///
/// Progress is marked in the files themselves: one that ends at any moment, however it ends,
/// repeats at most the letter it was at. Blocking; failures of the disk are std::system_error.
class dead_letter_replay {
 public:
  /// Throws std::runtime_error if another replay of this folder is under way.
  explicit dead_letter_replay(std::filesystem::path folder);
  ~dead_letter_replay();
  dead_letter_replay(const dead_letter_replay&) = delete;
  dead_letter_replay& operator=(const dead_letter_replay&) = delete;

  /// The next letter, at first the oldest; nothing: there are no more. What was not `done` by then
  /// is left to the next replay. Lines that are no letters go to `dead-letters.unreadable`.
  [[nodiscard]] std::optional<dead_letter> next();
  /// The letter of the last `next` needs nothing more.
  void done();
  /// A letter for `dead-letters.ndjson`, where the next replay finds it.
  void add(const dead_letter& letter);

  [[nodiscard]] std::size_t unreadable() const noexcept;  ///< lines moved away so far
  [[nodiscard]] std::size_t remaining() const;            ///< letters that are left

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gatehouse::storage
