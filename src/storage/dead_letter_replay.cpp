#include "letter_files.hpp"

#include <gatehouse/storage/dead_letter_replay.hpp>

#include <cerrno>
#include <deque>
#include <fcntl.h>
#include <fstream>
#include <stdexcept>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace gatehouse::storage {
namespace {

[[noreturn]] void fail(const std::string& what, const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), what + ' ' + path.string());
}

class open_file {
 public:
  open_file(const std::filesystem::path& path, int flags)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {
    if (descriptor_ < 0) fail("cannot open", path);
  }
  ~open_file() { ::close(descriptor_); }
  open_file(const open_file&) = delete;
  open_file& operator=(const open_file&) = delete;
  [[nodiscard]] int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

void add_line(const std::filesystem::path& path, std::string line) {
  line += '\n';
  line_appender file{path};
  if (!file.is_open() || !file.end_line() || !file.append(line)) {
    fail("cannot write", path);
  }
}

}  // namespace

struct dead_letter_replay::impl {
  explicit impl(std::filesystem::path in);

  void take(int age, int number) const;
  void mark() const;

  std::filesystem::path folder;
  open_file replay_lock;
  std::deque<std::filesystem::path> files;  ///< not done, the one being read first
  std::ifstream reader;
  std::uint64_t line_begin = 0;
  std::uint64_t position = 0;
  std::size_t unreadable = 0;
};

dead_letter_replay::impl::impl(std::filesystem::path in)
    : folder(std::move(in)), replay_lock(folder / "dead-letters.lock", O_RDWR | O_CREAT) {
  give_to_owner(replay_lock.get(), folder);
  if (::flock(replay_lock.get(), LOCK_EX | LOCK_NB) != 0) {
    throw std::runtime_error("another replay of " + folder.string() + " is under way");
  }
  const auto left = replaying_files(folder);
  const int newest = (left.empty() ? 0 : left.back().number) + dead_letter_file::kept_files;
  // The newest first: a file that the daemon rotates meanwhile moves towards what is still to be
  // taken, not behind it.
  for (int age = 0; age < dead_letter_file::kept_files; ++age) take(age, newest - age);
  for (auto& file : replaying_files(folder)) files.push_back(std::move(file.path));
}

void dead_letter_replay::impl::take(int age, int number) const {
  const auto from = letter_file(folder, age);
  const auto to = replaying_path(folder, number);
  if (::rename(from.c_str(), to.c_str()) != 0) {
    if (errno == ENOENT) return;
    fail("cannot rename", from);
  }
  const open_file taken{to, O_RDONLY};
  static_cast<void>(::flock(taken.get(), LOCK_EX));  // until who was writing to it has finished
}

/// In place: needs no room on the disk, and is whole at any moment.
void dead_letter_replay::impl::mark() const {
  const open_file file{files.front(), O_WRONLY};
  if (::pwrite(file.get(), &done_mark, 1, static_cast<off_t>(line_begin)) != 1) {
    fail("cannot write", files.front());
  }
}

dead_letter_replay::dead_letter_replay(std::filesystem::path folder)
    : impl_(std::make_unique<impl>(std::move(folder))) {}

dead_letter_replay::~dead_letter_replay() = default;

std::optional<dead_letter> dead_letter_replay::next() {
  impl& self = *impl_;
  while (!self.files.empty()) {
    if (!self.reader.is_open()) {
      self.reader.open(self.files.front(), std::ios::binary);
      if (!self.reader.is_open()) fail("cannot open", self.files.front());
      self.position = 0;
    }
    std::string line;
    if (!std::getline(self.reader, line)) {
      if (self.reader.bad()) fail("cannot read", self.files.front());
      self.reader = {};
      if (::unlink(self.files.front().c_str()) != 0) fail("cannot remove", self.files.front());
      self.files.pop_front();
      continue;
    }
    self.line_begin = std::exchange(self.position, self.position + line.size() + 1);
    if (line.empty() || line.front() == done_mark) continue;
    if (auto letter = from_line(line)) return letter;
    add_line(self.folder / "dead-letters.unreadable", std::move(line));
    self.mark();
    ++self.unreadable;
  }
  return std::nullopt;
}

void dead_letter_replay::done() {
  impl_->mark();
}

void dead_letter_replay::add(const dead_letter& letter) {
  // Beyond its size the daemon rotates the file when it next writes to it.
  add_line(letter_file(impl_->folder, 0), to_line(letter));
}

std::size_t dead_letter_replay::unreadable() const noexcept {
  return impl_->unreadable;
}

std::size_t dead_letter_replay::remaining() const {
  std::size_t count = 0;
  for (const auto& path : impl_->files) {
    std::ifstream file{path, std::ios::binary};
    for (std::string line; std::getline(file, line);) {
      if (!line.empty() && line.front() != done_mark) ++count;
    }
  }
  return count;
}

}  // namespace gatehouse::storage
