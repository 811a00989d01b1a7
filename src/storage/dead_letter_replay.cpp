#include "letter_files.hpp"

#include <gatehouse/storage/dead_letter_replay.hpp>

#include <cerrno>
#include <deque>
#include <fcntl.h>
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

  void take_all();
  /// The reader of the first file, which is opened if need be.
  letter_reader& reading();
  void end_file();
  void mark();

  std::filesystem::path folder;
  descriptor replay_lock;
  std::deque<std::filesystem::path> files;  ///< not done, the one being read first
  std::optional<letter_reader> reader;
  bool is_pending = false;  ///< the last letter is not done
  bool has_left = false;    ///< so is one of this file
  std::size_t unreadable = 0;
};

dead_letter_replay::impl::impl(std::filesystem::path in)
    : folder(std::move(in)),
      replay_lock(open_regular(folder / "dead-letters.lock", O_RDWR | O_CREAT)) {
  if (replay_lock.get() < 0) fail("cannot open", folder / "dead-letters.lock");
  if (::flock(replay_lock.get(), LOCK_EX | LOCK_NB) != 0) {
    throw std::runtime_error("another replay of " + folder.string() + " is under way");
  }
  take_all();
  for (auto& file : letter_files(folder)) {
    if (file.is_taken) files.push_back(std::move(file.path));
  }
}

/// Whoever writes or rotates holds the lock of the current file.
void dead_letter_replay::impl::take_all() {
  const line_appender current{letter_path(folder, 0)};
  if (!current.is_open()) fail("cannot open", letter_path(folder, 0));
  int number = 0;
  for (const auto& file : letter_files(folder)) {
    number = file.is_taken ? file.number : number + 1;
    if (file.is_taken) continue;
    const auto to = replaying_path(folder, number);
    if (::rename(file.path.c_str(), to.c_str()) != 0) fail("cannot rename", file.path);
  }
}

/// In place: needs no room on the disk, and is whole at any moment.
void dead_letter_replay::impl::mark() {
  const descriptor file{open_regular(files.front(), O_WRONLY)};
  if (::pwrite(file.get(), &done_mark, 1, static_cast<off_t>(reader->line_begin())) != 1) {
    fail("cannot write", files.front());
  }
  is_pending = false;
}

letter_reader& dead_letter_replay::impl::reading() {
  if (!reader) {
    reader.emplace(files.front());
    if (!reader->is_open()) fail("cannot open", files.front());
  }
  return *reader;
}

void dead_letter_replay::impl::end_file() {
  if (reader->is_broken()) fail("cannot read", files.front());
  reader.reset();
  if (!std::exchange(has_left, false) && ::unlink(files.front().c_str()) != 0) {
    fail("cannot remove", files.front());
  }
  files.pop_front();
}

dead_letter_replay::dead_letter_replay(std::filesystem::path folder)
    : impl_(std::make_unique<impl>(std::move(folder))) {}

dead_letter_replay::~dead_letter_replay() = default;

std::optional<dead_letter> dead_letter_replay::next() {
  impl& self = *impl_;
  if (std::exchange(self.is_pending, false)) self.has_left = true;
  while (!self.files.empty()) {
    const auto line = self.reading().next();
    if (!line) {
      self.end_file();
      continue;
    }
    self.is_pending = true;
    if (auto letter = from_line(*line)) return letter;
    add_line(self.folder / "dead-letters.unreadable", std::string{*line});
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
  add_line(letter_path(impl_->folder, 0), to_line(letter));
}

std::size_t dead_letter_replay::unreadable() const noexcept {
  return impl_->unreadable;
}

std::size_t dead_letter_replay::remaining() const {
  std::size_t count = 0;
  for (const auto& file : letter_files(impl_->folder)) {
    if (file.is_taken) count += count_letters(file.path);
  }
  return count;
}

}  // namespace gatehouse::storage
