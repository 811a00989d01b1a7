#include "failure_log.hpp"
#include "letter_files.hpp"

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/dead_letters.hpp>

#include <spdlog/logger.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <system_error>
#include <utility>

namespace gatehouse::storage {
namespace {

constexpr std::size_t most_waiting = 1'000;

std::uint64_t count_lines(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  const std::istreambuf_iterator<char> begin{file};
  return static_cast<std::uint64_t>(std::count(begin, {}, '\n'));
}

}  // namespace

struct dead_letter_file::impl {
  impl(std::filesystem::path in, disk_thread& on, telemetry::logger to, std::uint64_t most)
      : folder(std::move(in)), disk(on), log(std::move(to)), max_bytes(most) {}

  // These run on the disk thread.
  void write_waiting();
  /// Writes from `next` on, which it advances, until the file has to be changed. False: errno.
  bool write_some(const std::vector<dead_letter>& letters, std::size_t& next);
  bool rotate();
  void note_failure(std::size_t letters, int error);

  std::filesystem::path folder;
  disk_thread& disk;
  telemetry::logger log;
  std::uint64_t max_bytes;
  std::atomic<std::uint64_t> written{0};
  std::atomic<std::uint64_t> lost{0};
  failure_log failures;  ///< of the disk thread

  std::mutex mutex;
  std::vector<dead_letter> waiting;
};

void dead_letter_file::impl::write_waiting() {
  std::vector<dead_letter> letters;
  {
    const std::lock_guard lock{mutex};
    letters.swap(waiting);
  }
  for (std::size_t next = 0; next < letters.size();) {
    if (!write_some(letters, next)) return note_failure(letters.size() - next, errno);
  }
  if (failures.succeeded()) log->info("dead letters are written again");
}

bool dead_letter_file::impl::write_some(const std::vector<dead_letter>& letters,
                                        std::size_t& next) {
  line_appender file{letter_file(folder, 0)};
  if (!file.is_open() || !file.end_line()) return false;
  for (; next < letters.size(); ++next) {
    const std::string line = to_line(letters[next]) + '\n';
    const std::uint64_t length = file.size();
    if (length > 0 && length + line.size() > max_bytes) {
      return rotate();
    }
    if (!file.append(line)) return false;
    ++written;
  }
  return true;
}

bool dead_letter_file::impl::rotate() {
  const auto oldest = letter_file(folder, kept_files - 1);
  lost += count_lines(oldest);
  for (int age = kept_files - 1; age > 0; --age) {
    const auto from = letter_file(folder, age - 1);
    if (::rename(from.c_str(), letter_file(folder, age).c_str()) != 0 && errno != ENOENT)
      return false;
  }
  return true;
}

void dead_letter_file::impl::note_failure(std::size_t letters, int error) {
  lost += letters;
  if (const auto count = failures.failed(runtime::clock::now())) {
    log->error(
        "dead letters: cannot write {}: {}; what handlers refuse is counted only ({} "
        "failures since this was last said)",
        letter_file(folder, 0).string(), std::generic_category().message(error), *count);
  }
}

dead_letter_file::dead_letter_file(std::filesystem::path folder, disk_thread& disk,
                                   telemetry::logger log, std::uint64_t max_bytes)
    : impl_(std::make_unique<impl>(std::move(folder), disk, std::move(log), max_bytes)) {}

dead_letter_file::~dead_letter_file() {
  impl_->disk.run([] {});  // what was posted uses it
}

void dead_letter_file::append(dead_letter letter) {
  {
    const std::lock_guard lock{impl_->mutex};
    if (impl_->waiting.size() >= most_waiting) {
      ++impl_->lost;
      return;
    }
    impl_->waiting.push_back(std::move(letter));
    if (impl_->waiting.size() > 1) return;  // posted with the first
  }
  impl_->disk.post([this] { impl_->write_waiting(); });
}

std::uint64_t dead_letter_file::written() const noexcept {
  return impl_->written;
}

std::uint64_t dead_letter_file::lost() const noexcept {
  return impl_->lost;
}

dead_letter_listing read_dead_letters(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (auto& file : replaying_files(folder)) paths.push_back(std::move(file.path));
  for (int age = dead_letter_file::kept_files - 1; age >= 0; --age) {
    paths.push_back(letter_file(folder, age));
  }
  dead_letter_listing all;
  for (const auto& path : paths) {
    std::ifstream file{path, std::ios::binary};
    for (std::string line; std::getline(file, line);) {
      if (line.empty() || line.front() == done_mark) continue;
      if (auto letter = from_line(line)) {
        all.letters.push_back(std::move(*letter));
      } else {
        ++all.unreadable;
      }
    }
  }
  return all;
}

}  // namespace gatehouse::storage
