#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

/// Where dead letters lie in `state.dir`, and how lines are added to a file there.
namespace gatehouse::storage {

/// 0 is the file that is written to, 1 the one before it, and so on.
std::filesystem::path letter_file(const std::filesystem::path& folder, int age);

/// What replays have taken away from there and not done with, oldest first.
struct replaying_file {
  std::filesystem::path path;
  int number = 0;
};
std::vector<replaying_file> replaying_files(const std::filesystem::path& folder);
std::filesystem::path replaying_path(const std::filesystem::path& folder, int number);

/// How a replay marks a line that it is done with, over its first character.
inline constexpr char done_mark = '#';

/// The operator replays as root, the daemon goes on as itself: a file that root has created belongs
/// to whom the folder belongs to.
void give_to_owner(int descriptor, const std::filesystem::path& folder);

/// A file to append to, open and locked. A replay that has renamed the file waits for the lock, and
/// whoever gets it later finds the name gone and begins a new file: no line ends up where nobody
/// looks any more.
class line_appender {
 public:
  explicit line_appender(const std::filesystem::path& path);
  ~line_appender();
  line_appender(const line_appender&) = delete;
  line_appender& operator=(const line_appender&) = delete;

  /// If not, errno says why; so it does when one of the others fails.
  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }
  [[nodiscard]] std::uint64_t size() const;
  /// All or nothing: what remained of a line would make the next one unreadable too.
  [[nodiscard]] bool append(std::string_view text);
  /// Ends a line that an earlier process could not complete.
  [[nodiscard]] bool end_line();

 private:
  int descriptor_ = -1;
};

}  // namespace gatehouse::storage
