#pragma once

#include "sqlite.hpp"

#include <gatehouse/storage/session_store.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <filesystem>
#include <optional>
#include <vector>

namespace gatehouse::storage {

/// `sessions.db`: its tables and what is asked of them. Every call may throw sqlite::error.
class session_file {
 public:
  explicit session_file(const std::filesystem::path& file);

  /// Reads everything. Rows that make no sense are left out, and said to the log.
  [[nodiscard]] stored_state read(const telemetry::logger& log);

  [[nodiscard]] bool is_empty();

  /// In one transaction; `reshard` may be null.
  void save(const std::vector<session_change>& changes, const stored_reshard* reshard = nullptr);
  void save(const stored_gateway& answer);
  void save(const std::vector<stored_identify>& newest);

  /// Brings what was saved to the disk itself, and empties the log.
  void settle();

 private:
  void check();
  [[nodiscard]] std::optional<stored_reshard> read_reshard();
  [[nodiscard]] std::vector<stored_identify> read_identifies();
  void read_guilds(std::vector<stored_session>& sessions, const telemetry::logger& log);
  void save_guilds(int shard_id, const guild_changes& changes);

  static sqlite::database open(const std::filesystem::path& file);

  sqlite::database database_;
  sqlite::statement put_session_, remove_session_;
  sqlite::statement put_guild_, remove_guild_, remove_guilds_;
  sqlite::statement put_gateway_, put_reshard_, put_identify_;
};

}  // namespace gatehouse::storage
