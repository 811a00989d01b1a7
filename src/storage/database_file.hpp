#pragma once

#include "sqlite.hpp"

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <filesystem>
#include <functional>
#include <string_view>

namespace gatehouse::storage {

/// What a file of this version looks like.
struct database_layout {
  std::int64_t version;
  const char* shape;     ///< settings of a new file, run before anything is in it
  const char* settings;  ///< besides those of all files; must not write
  /// Run for a new file, and for one of an older version before it is upgraded. A comment in SQL
  /// stays in it, for its reader.
  const char* tables;
};

/// Opens the file or creates it; `upgrade` brings over what an older version has written, in one
/// transaction with the new tables. Throws sqlite::error, also for a file that a newer version of
/// gatehouse has written.
sqlite::database open_database(const std::filesystem::path& file, const database_layout& layout,
                               const std::function<void(sqlite::database&)>& upgrade = {});

/// Calls `open`, which opens the file and throws sqlite::error; then `close` undoes it. If the
/// error says that the file is damaged or newer, the file is set aside and `open` called once more,
/// for a new one. Throws what remains.
void open_or_begin_anew(const std::filesystem::path& file, const telemetry::logger& log,
                        const std::function<void()>& open, const std::function<void()>& close);

/// For the start of the daemon: calls `try_to_open` again and again until it returns true, for as
/// long as `patience`; once only where the file holds nothing. An error that passes (no room, no
/// descriptor, another program that has it locked) must not be taken for an empty file: that would
/// cost all sessions. Blocks; false: in vain.
bool open_patiently(const std::filesystem::path& file, runtime::milliseconds patience,
                    const telemetry::logger& log, const std::function<bool()>& try_to_open);

/// Renames a file that nobody has open, with its log, to `<file>.<reason>-<UTC>`, and says so.
/// Throws sqlite::error.
void set_aside(const std::filesystem::path& file, std::string_view reason, std::string_view detail,
               const telemetry::logger& log);

}  // namespace gatehouse::storage
