#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Where dead letters lie in `state.dir`, and how lines are read from and added to a file there.
/// Whoever can write to that folder may have planted links or pipes: only regular files are opened.
namespace gatehouse::storage {

/// 0 is the file that is written to, 1 the one before it, and so on.
std::filesystem::path letter_path(const std::filesystem::path& folder, int age);
std::filesystem::path replaying_path(const std::filesystem::path& folder, int number);

struct letter_file {
  std::filesystem::path path;
  int number = 0;         ///< its age; of one that is taken: what it is called by
  bool is_taken = false;  ///< by a replay, which is not done with it
  std::uint64_t bytes = 0;
  std::uint64_t inode = 0;
  std::int64_t changed_ns = 0;
};
/// All there are, oldest first: those that replays have taken, then the others.
std::vector<letter_file> letter_files(const std::filesystem::path& folder);

/// How a replay marks a line that it is done with, over its first character.
inline constexpr char done_mark = '#';

/// As ::open, but for regular files of the folder alone; -1: errno says why.
int open_regular(const std::filesystem::path& path, int flags) noexcept;

class descriptor {
 public:
  explicit descriptor(int number) noexcept : number_(number) {}
  ~descriptor();
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return number_; }

 private:
  int number_;
};

/// The lines of a file that wait: neither empty nor marked as done.
class letter_reader {
 public:
  /// `from`: the beginning of a line.
  explicit letter_reader(const std::filesystem::path& path, std::uint64_t from = 0);

  /// If not, errno says why.
  [[nodiscard]] bool is_open() const noexcept { return file_ != nullptr; }
  /// Without its end; valid until the next call. Nothing: the end of the file, or `is_broken`.
  std::optional<std::string_view> next();
  [[nodiscard]] bool is_broken() const noexcept { return std::ferror(file_.get()) != 0; }
  [[nodiscard]] std::uint64_t line_begin() const noexcept { return line_begin_; }

 private:
  struct closer {
    void operator()(std::FILE* file) const noexcept { static_cast<void>(std::fclose(file)); }
    void operator()(char* line) const noexcept;
  };
  std::unique_ptr<std::FILE, closer> file_;
  std::unique_ptr<char, closer> line_;
  std::size_t room_ = 0;
  std::uint64_t line_begin_ = 0;
  std::uint64_t position_ = 0;
};

/// Those of a file from a line on.
std::uint64_t count_letters(const std::filesystem::path& path, std::uint64_t from = 0);

/// A file to append to, open and locked. A replay that has renamed the file waits for the lock, and
/// whoever gets it later finds the name gone and begins a new file: no line ends up where nobody
/// looks any more.
class line_appender {
 public:
  explicit line_appender(const std::filesystem::path& path);

  /// If not, errno says why; so it does when one of the others fails.
  [[nodiscard]] bool is_open() const noexcept { return file_.get() >= 0; }
  [[nodiscard]] std::uint64_t size() const;
  /// All or nothing: what remained of a line would make the next one unreadable too.
  [[nodiscard]] bool append(std::string_view text);
  /// Ends a line that an earlier process could not complete.
  [[nodiscard]] bool end_line();
  /// Until what was appended is on the disk, and the file's name as well.
  [[nodiscard]] bool sync();

 private:
  std::filesystem::path folder_;
  descriptor file_;
  bool is_new_;
};

/// How many letters wait in a folder. Others change the files, too (replays): what is known of a
/// file holds for as long as its size and time are the same; of the current one, to which is only
/// ever added, what is new is counted. Of one thread at a time.
class letter_census {
 public:
  explicit letter_census(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Looks at the files and reads the first one that is new or has changed. True: there are more.
  bool refresh();

  [[nodiscard]] std::uint64_t letters() const noexcept;
  [[nodiscard]] std::uint64_t bytes() const noexcept;
  /// Of a file as `letter_files` has it.
  [[nodiscard]] std::uint64_t letters_in(const letter_file& file) const;

 private:
  struct counted {
    letter_file file;
    std::uint64_t letters = 0;  ///< in its first `read` bytes
    std::uint64_t read = 0;
  };
  [[nodiscard]] counted know(const letter_file& file) const;

  const std::filesystem::path folder_;
  std::vector<counted> files_;
};

}  // namespace gatehouse::storage
