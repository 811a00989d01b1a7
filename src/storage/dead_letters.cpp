#include "failure_log.hpp"
#include "letter_files.hpp"

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/dead_letters.hpp>

#include <spdlog/logger.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <sys/file.h>
#include <system_error>
#include <utility>

namespace gatehouse::storage {
namespace {

constexpr std::uint64_t files_at_most = 8;
constexpr runtime::seconds census_interval{1};

struct waiting_letter {
  dead_letter letter;
  std::function<void()> when_safe;
};

}  // namespace

/// Shared with the tasks of the census, which may come due when its owner has gone.
struct dead_letter_file::impl : std::enable_shared_from_this<impl> {
  impl(const std::filesystem::path& in, disk_thread& on, telemetry::logger to, std::uint64_t most)
      : folder(in), disk(on), log(std::move(to)), limit_bytes(most), census(in) {}

  // These run on the disk thread.
  void look();
  void write_waiting();
  /// Writes from `next` on, which it advances, until the file has to be changed. False: errno.
  bool write_some(const std::vector<waiting_letter>& letters, std::size_t& next);
  bool rotate();
  void make_room(std::uint64_t wanted);
  void note_dropped(std::uint64_t letters);
  void note_unwritten(std::uint64_t letters, const std::string& why);
  void publish();

  const std::filesystem::path folder;
  disk_thread& disk;
  const telemetry::logger log;
  const std::uint64_t limit_bytes;
  const std::uint64_t file_bytes = std::min(limit_bytes / files_at_most, most_file_bytes);
  std::atomic<std::uint64_t> on_disk{0};
  std::atomic<std::uint64_t> bytes_on_disk{0};
  std::atomic<std::uint64_t> written{0};
  std::atomic<std::uint64_t> lost{0};

  // Of the disk thread.
  letter_census census;
  failure_log failures;
  failure_log drops;

  std::mutex mutex;  ///< of what follows
  std::vector<waiting_letter> waiting;
  std::uint64_t waiting_bytes = 0;
  std::uint64_t turned_away = 0;  ///< lost without the disk thread having said so
};

/// Files are read one by one: sessions are saved between them.
void dead_letter_file::impl::look() {
  const bool has_more = census.refresh();
  publish();
  const auto again = [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->look();
  };
  if (has_more) {
    disk.post(again);
  } else {
    disk.post_after(census_interval, again);
  }
}

void dead_letter_file::impl::publish() {
  on_disk = census.letters();
  bytes_on_disk = census.bytes();
}

void dead_letter_file::impl::write_waiting() {
  std::vector<waiting_letter> letters;
  std::uint64_t not_taken = 0;
  {
    const std::lock_guard lock{mutex};
    letters.swap(waiting);
    waiting_bytes = 0;
    not_taken = std::exchange(turned_away, 0);
  }
  if (not_taken > 0) note_unwritten(not_taken, "too many wait for the disk");
  for (std::size_t next = 0; next < letters.size();) {
    if (write_some(letters, next)) continue;
    const int error = errno;
    const std::uint64_t rest = letters.size() - std::exchange(next, letters.size());
    lost += rest;
    note_unwritten(rest, std::generic_category().message(error));
  }
  publish();
  for (const auto& each : letters) {
    if (each.when_safe) each.when_safe();
  }
}

bool dead_letter_file::impl::write_some(const std::vector<waiting_letter>& letters,
                                        std::size_t& next) {
  line_appender file{letter_path(folder, 0)};
  if (!file.is_open() || !file.end_line()) return false;
  const std::size_t first = next;
  std::uint64_t added = 0;
  int error = 0;
  bool is_full = false;
  for (; next < letters.size() && error == 0; ++next) {
    const std::string line = to_line(letters[next].letter) + '\n';
    if (line.size() > limit_bytes) {
      note_dropped(1);
      continue;
    }
    is_full = file.size() > 0 && file.size() + line.size() > file_bytes;
    if (is_full) break;
    if (file.size() == 0) make_room(std::max<std::uint64_t>(line.size(), file_bytes));
    if (file.append(line)) {
      ++added;
    } else {
      error = errno;
      --next;
    }
  }
  if (!file.sync()) {
    next = first;
    return false;
  }
  census.refresh();
  written += added;
  if (added > 0 && failures.succeeded()) log->info("dead letters are written again");
  errno = error;
  return error == 0 && (!is_full || rotate());
}

/// With the current file locked: no replay takes any meanwhile.
bool dead_letter_file::impl::rotate() {
  for (const auto& file : letter_files(folder)) {
    if (file.is_taken) continue;
    const auto to = letter_path(folder, file.number + 1);
    if (::rename(file.path.c_str(), to.c_str()) != 0) return false;
  }
  return true;
}

/// The oldest files go until there is room for a full one. Those that a replay is at stay.
void dead_letter_file::impl::make_room(std::uint64_t wanted) {
  auto files = letter_files(folder);
  std::uint64_t bytes = wanted;
  for (const auto& file : files) bytes += file.bytes;
  if (bytes <= limit_bytes) return;
  const descriptor replay{open_regular(folder / "dead-letters.lock", O_RDWR | O_CREAT)};
  const bool has_no_replay = ::flock(replay.get(), LOCK_EX | LOCK_NB) == 0;
  std::uint64_t dropped = 0;
  for (const auto& file : files) {
    if (bytes <= limit_bytes) break;
    if (file.bytes == 0 || (file.is_taken && !has_no_replay)) continue;
    const auto letters = census.letters_in(file);
    if (::unlink(file.path.c_str()) != 0) continue;
    bytes -= file.bytes;
    dropped += letters;
  }
  if (dropped > 0) note_dropped(dropped);
}

void dead_letter_file::impl::note_dropped(std::uint64_t letters) {
  lost += letters;
  if (const auto count = drops.failed(runtime::clock::now(), letters)) {
    log->error("dead letters: state.dead_letters_mb is used up: {} dropped, the oldest first",
               *count);
  }
}

void dead_letter_file::impl::note_unwritten(std::uint64_t letters, const std::string& why) {
  if (const auto count = failures.failed(runtime::clock::now(), letters)) {
    log->error("dead letters: cannot write {}: {}; {} refused events are lost",
               letter_path(folder, 0).string(), why, *count);
  }
}

dead_letter_file::dead_letter_file(const std::filesystem::path& folder, disk_thread& disk,
                                   telemetry::logger log, std::uint64_t limit_bytes)
    : impl_(std::make_shared<impl>(folder, disk, std::move(log), limit_bytes)) {
  disk.post([self = impl_] { self->look(); });
}

dead_letter_file::~dead_letter_file() {
  impl_->disk.run([] {});  // what was posted uses it
}

void dead_letter_file::append(dead_letter letter, std::function<void()> when_safe) {
  const std::uint64_t bytes = letter.payload.size();
  {
    const std::lock_guard lock{impl_->mutex};
    const bool is_first = impl_->waiting.empty();
    if (is_first || impl_->waiting_bytes + bytes <= most_waiting_bytes) {
      impl_->waiting_bytes += bytes;
      impl_->waiting.push_back({std::move(letter), std::exchange(when_safe, {})});
    } else {
      ++impl_->lost;
      ++impl_->turned_away;
    }
    // Those behind the first are written with it.
    if (is_first) impl_->disk.post([self = impl_.get()] { self->write_waiting(); });
  }
  if (when_safe) when_safe();  // lost
}

dead_letter_usage dead_letter_file::usage() const noexcept {
  return {impl_->on_disk, impl_->bytes_on_disk, impl_->limit_bytes, impl_->written, impl_->lost};
}

dead_letter_listing read_dead_letters(const std::filesystem::path& folder,
                                      const std::function<bool(const dead_letter&)>& wanted) {
  dead_letter_listing all;
  for (const auto& file : letter_files(folder)) {
    letter_reader reader{file.path};
    while (reader.is_open()) {
      const auto line = reader.next();
      if (!line) break;
      auto letter = from_line(*line);
      if (!letter) {
        ++all.unreadable;
      } else if (wanted(*letter)) {
        all.letters.push_back(std::move(*letter));
      }
    }
  }
  return all;
}

}  // namespace gatehouse::storage
