#include "database_file.hpp"

#include "utc.hpp"

#include <gatehouse/runtime/wall_clock.hpp>

#include <spdlog/logger.h>

#include <chrono>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace gatehouse::storage {
namespace {

/// What was saved is told to be: an event is safe, a position one that heartbeats may carry. So it
/// has to outlive the machine, too, hence FULL: the log is on the disk when a commit returns.
constexpr const char* common_settings =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA journal_size_limit = 16777216;"
    "PRAGMA cell_size_check = ON;";

constexpr runtime::milliseconds retry_interval{250};

/// The file was written by a newer gatehouse: it is not damaged, and not ours to change.
class newer_version : public sqlite::error {
 public:
  newer_version(std::int64_t found, std::int64_t known)
      : sqlite::error(0, 0,
                      "its version is " + std::to_string(found) +
                          ", this gatehouse knows those up to " + std::to_string(known)) {}
};

std::filesystem::path with_suffix(const std::filesystem::path& file, const std::string& suffix) {
  return file.string() + suffix;
}

void move_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code failure;
  std::filesystem::rename(from, to, failure);
  if (!failure || failure == std::errc::no_such_file_or_directory) return;
  throw sqlite::error{0, failure.value(),
                      "cannot rename " + from.string() + ": " + failure.message()};
}

/// SQLite keeps the index of the log in a file (-shm) that is made anew by the first who opens it,
/// which a full disk does not allow. Memory serves as well for who is alone with the file: then it
/// can be read, and written again once there is room.
sqlite::database open_without_room(const std::filesystem::path& file) {
  sqlite::database opened{file};
  opened.run("PRAGMA locking_mode = EXCLUSIVE");
  return opened;
}

sqlite::database open_for_reading(const std::filesystem::path& file) {
  try {
    sqlite::database opened{file};
    static_cast<void>(opened.integer("PRAGMA user_version"));
    return opened;
  } catch (const sqlite::error& problem) {
    if (!problem.is_full()) throw;
  }
  return open_without_room(file);
}

bool has_content(const std::filesystem::path& file) {
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(file, unknown);
  return !unknown && bytes > 0;
}

}  // namespace

sqlite::database open_database(const std::filesystem::path& file, const database_layout& layout,
                               const std::function<void(sqlite::database&)>& upgrade) {
  sqlite::database opened = open_for_reading(file);
  const auto found = opened.integer("PRAGMA user_version");
  if (found > layout.version) throw newer_version{found, layout.version};
  if (found == 0) opened.run(layout.shape);
  opened.run(layout.settings);
  opened.run(common_settings);
  if (found < layout.version) {
    sqlite::transaction creation{opened};
    opened.run(layout.tables);
    if (found > 0 && upgrade) upgrade(opened);
    opened.run(("PRAGMA user_version = " + std::to_string(layout.version)).c_str());
    creation.commit();
  }
  return opened;
}

void set_aside(const std::filesystem::path& file, std::string_view reason, std::string_view detail,
               const telemetry::logger& log) {
  const std::string base =
      "." + std::string{reason} + "-" + utc_for_file_name(runtime::unix_ms_now());
  std::string suffix = base;
  std::error_code unknown;  // whether it exists: then the renaming says what is wrong
  for (int i = 2; std::filesystem::exists(with_suffix(file, suffix), unknown); ++i) {
    suffix = base + "-" + std::to_string(i);
  }
  const auto aside = with_suffix(file, suffix);
  move_file(file, aside);
  // Where SQLite looks for the log of the renamed file. The -shm is made anew from it.
  move_file(with_suffix(file, "-wal"), with_suffix(aside, "-wal"));
  std::filesystem::remove(with_suffix(file, "-shm"), unknown);
  log->error(
      "{} is {} ({}): it is now {}, what it holds is lost to this gatehouse, and a new one "
      "is begun",
      file.string(), reason, detail, aside.string());
}

void open_or_begin_anew(const std::filesystem::path& file, const telemetry::logger& log,
                        const std::function<void()>& open, const std::function<void()>& close) {
  const auto try_to_open = [&] {
    try {
      open();
    } catch (const sqlite::error&) {
      close();  // before it is renamed
      throw;
    }
  };
  std::string_view reason;
  std::string detail;
  try {
    return try_to_open();
  } catch (const newer_version& problem) {
    reason = "newer";
    detail = problem.what();
  } catch (const sqlite::error& problem) {
    // Tables or columns that are missing are not of our making either.
    if (!problem.is_damage() && !problem.is_schema()) throw;
    reason = "damaged";
    detail = problem.what();
  }
  set_aside(file, reason, detail, log);
  try_to_open();
}

bool open_patiently(const std::filesystem::path& file, runtime::milliseconds patience,
                    const telemetry::logger& log, const std::function<bool()>& try_to_open) {
  const auto give_up = runtime::clock::now() + patience;
  for (bool is_told = false; !try_to_open();) {
    if (runtime::clock::now() >= give_up || !has_content(file)) return false;
    if (!std::exchange(is_told, true)) {
      log->warn("{}: what it holds cannot be had later: the start waits for it, up to {} s",
                file.string(), std::chrono::ceil<runtime::seconds>(patience).count());
    }
    std::this_thread::sleep_for(retry_interval);
  }
  return true;
}

}  // namespace gatehouse::storage
