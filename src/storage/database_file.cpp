#include "database_file.hpp"

#include "utc.hpp"

#include <gatehouse/runtime/wall_clock.hpp>

#include <spdlog/logger.h>

#include <optional>
#include <string>
#include <system_error>

namespace gatehouse::storage {
namespace {

/// What was saved is told to be: an event is safe, a position one that heartbeats may carry. So it
/// has to outlive the machine, too, hence FULL: the log is on the disk when a commit returns.
constexpr const char* common_settings =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA journal_size_limit = 16777216;"
    "PRAGMA cell_size_check = ON;";

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

}  // namespace

sqlite::database open_database(const std::filesystem::path& file, const database_layout& layout,
                               const std::function<void(sqlite::database&)>& upgrade) {
  sqlite::database opened{file};
  const auto found = opened.integer("PRAGMA user_version");
  if (found > layout.version) throw newer_version{found, layout.version};
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

}  // namespace gatehouse::storage
