#include "database_file.hpp"
#include "failure_log.hpp"
#include "session_file.hpp"
#include "sqlite.hpp"

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/session_store.hpp>

#include <spdlog/logger.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

namespace gatehouse::storage {
struct session_store::impl {
  using change = std::function<void(session_file&)>;

  impl(const std::filesystem::path& folder, disk_thread& on, telemetry::logger to)
      : path(folder / "sessions.db"), disk(on), log(std::move(to)) {}

  // All of these run on the disk thread.
  void open_first(runtime::milliseconds patience);
  void reopen();
  void open(const std::function<void()>& look);
  void close();
  bool write(const change& wanted);
  /// False: the file was damaged, and set aside.
  bool write_unless_damaged(const change& wanted);
  void note_failure(const sqlite::error& problem);

  std::filesystem::path path;
  disk_thread& disk;
  telemetry::logger log;
  std::atomic<std::uint64_t> failures{0};
  std::atomic<std::uint64_t> replacements{0};
  stored_state found;  ///< of the owner, once it is constructed

  // Of the disk thread.
  std::optional<session_file> file;
  failure_log failure_lines;
};

void session_store::impl::open(const std::function<void()>& look) {
  const auto open_and_look = [&] {
    file.emplace(path);
    look();
  };
  open_or_begin_anew(path, log, open_and_look, [&] { file.reset(); });
}

void session_store::impl::open_first(runtime::milliseconds patience) {
  open_patiently(path, patience, log, [this] {
    try {
      open([this] { found = file->read(log); });
      failure_lines.succeeded();
      return true;
    } catch (const sqlite::error& problem) {
      note_failure(problem);
      return false;
    }
  });
}

void session_store::impl::reopen() {
  open([this] {
    if (file->is_empty()) ++replacements;
  });
}

void session_store::impl::close() {
  if (!file) return;
  try {
    file->settle();
  } catch (const sqlite::error& problem) {
    note_failure(problem);
  }
  file.reset();
}

bool session_store::impl::write_unless_damaged(const change& wanted) {
  try {
    if (!file) reopen();
    wanted(*file);
    return true;
  } catch (const sqlite::error& problem) {
    if (!problem.is_damage() || !file) throw;
    file.reset();
    set_aside(path, "damaged", problem.what(), log);
    return false;
  }
}

bool session_store::impl::write(const change& wanted) {
  try {
    // The second attempt is that on a new file.
    if (!write_unless_damaged(wanted) && !write_unless_damaged(wanted)) return false;
    if (failure_lines.succeeded()) log->info("sessions: {} is saved again", path.string());
    return true;
  } catch (const sqlite::error& problem) {
    // Anything but a full disk may be a matter of the open file: it was moved, its disk has gone.
    if (!problem.is_full()) file.reset();
    note_failure(problem);
    return false;
  }
}

void session_store::impl::note_failure(const sqlite::error& problem) {
  ++failures;
  if (const auto count = failure_lines.failed(runtime::clock::now())) {
    log->error(
        "sessions: {}: {}; a restart now would repeat events or identify anew ({} failures "
        "since this was last said)",
        path.string(), problem.what(), *count);
  }
}

session_store::session_store(const std::filesystem::path& folder, disk_thread& disk,
                             telemetry::logger log, runtime::milliseconds patience)
    : impl_(std::make_unique<impl>(folder, disk, std::move(log))) {
  disk.run([this, patience] { impl_->open_first(patience); });
}

session_store::~session_store() {
  impl_->disk.run([this] { impl_->close(); });
}

stored_state session_store::take_found() {
  return std::exchange(impl_->found, {});
}

void session_store::save(std::vector<session_change> changes, saved_callback done) {
  impl_->disk.post([this, changes = std::move(changes), done = std::move(done)] {
    const bool is_saved = impl_->write([&](session_file& file) { file.save(changes); });
    if (done) done(is_saved);
  });
}

void session_store::save_reshard(std::vector<session_change> changes, stored_reshard result,
                                 saved_callback done) {
  impl_->disk.post([this, changes = std::move(changes), result, done = std::move(done)] {
    const bool is_saved = impl_->write([&](session_file& file) { file.save(changes, &result); });
    if (done) done(is_saved);
  });
}

void session_store::save_gateway(stored_gateway answer) {
  impl_->disk.post([this, answer = std::move(answer)] {
    impl_->write([&](session_file& file) { file.save(answer); });
  });
}

void session_store::save_identifies(std::vector<stored_identify> newest) {
  impl_->disk.post([this, newest = std::move(newest)] {
    impl_->write([&](session_file& file) { file.save(newest); });
  });
}

std::uint64_t session_store::failures() const noexcept {
  return impl_->failures;
}

std::uint64_t session_store::replacements() const noexcept {
  return impl_->replacements;
}

}  // namespace gatehouse::storage
