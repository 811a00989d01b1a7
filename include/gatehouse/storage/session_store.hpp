#pragma once

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/disk_thread.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::storage {

/// One shard's session at its safe position.
struct session_position {
  int total_shards = 1;
  std::uint64_t intents = 0;  ///< it was identified with; a resume cannot change them
  std::string session_id;
  std::string resume_url;
  std::int64_t seq = 0;
  bool operator==(const session_position&) const = default;
};

enum class guild_presence : std::uint8_t { loading, present, gone };
struct guild_change {
  std::uint64_t guild_id = 0;
  guild_presence presence{};
  bool operator==(const guild_change&) const = default;
};
/// What is new about a session's guilds since the last time.
struct guild_changes {
  bool is_complete = false;  ///< the list replaces what was stored
  std::vector<guild_change> guilds;
  bool operator==(const guild_changes&) const = default;
};

struct session_change {
  int shard_id = 0;
  std::optional<session_position> position;  ///< nothing: the session has ended
  guild_changes guilds;
};

struct stored_session {
  int shard_id = 0;
  session_position position;
  std::vector<std::uint64_t> guild_ids;
  std::vector<std::uint64_t> loading_guild_ids;
};

/// The last answer to `GET /gateway/bot`, for a start without the REST API.
struct stored_gateway {
  std::string url;
  int shards = 1;
  int max_concurrency = 1;
  bool operator==(const stored_gateway&) const = default;
};

/// The number of shards that a reshard has come to. It holds for as long as the configuration says
/// what it said then: who changes it wants another number.
struct stored_reshard {
  int total_shards = 1;
  int configured = 0;  ///< `gateway.total_shards` at that time
  bool operator==(const stored_reshard&) const = default;
};

/// When a bucket was last used for an identify, for a restart keeps the spacing, too.
struct stored_identify {
  int bucket = 0;
  int shard_id = 0;
  std::int64_t unix_ms = 0;
  bool operator==(const stored_identify&) const = default;
};

/// What was in the file at start.
struct stored_state {
  std::vector<stored_session> sessions;  ///< by shard
  std::optional<stored_gateway> gateway;
  std::optional<stored_reshard> reshard;
  std::vector<stored_identify> identifies;  ///< one a bucket
};

/// Where sessions are stored.
class session_keeper {
 public:
  using saved_callback = std::function<void(bool is_saved)>;

  session_keeper() = default;
  session_keeper(const session_keeper&) = delete;
  session_keeper& operator=(const session_keeper&) = delete;
  virtual ~session_keeper() = default;

  /// What was found at the start; moves it out.
  [[nodiscard]] virtual stored_state take_found() = 0;
  /// From any thread, as all of these. `done` is called on a thread of the keeper: true once it is
  /// stored.
  virtual void save(std::vector<session_change> changes, saved_callback done) = 0;
  /// The sessions of a new set of shards take the place of the old ones, all or none.
  virtual void save_reshard(std::vector<session_change> changes, stored_reshard result,
                            saved_callback done) = 0;
  virtual void save_gateway(stored_gateway answer) = 0;
  virtual void save_identifies(std::vector<stored_identify> newest) = 0;
  /// How often something empty took the place of what was stored. When it rises, complete guild
  /// lists are to be saved again: changes alone would leave out the rest.
  [[nodiscard]] virtual std::uint64_t replacements() const noexcept = 0;
};

/// The sessions on disk: `sessions.db` (SQLite, WAL) in `state.dir`. Saves are transactions on the
/// disk thread: after a crash the file holds the last one that was completed.
///
/// A damaged file, or one that a newer version has written, is set aside under another name, said
/// in the log, and a new one begun.
class session_store final : public session_keeper {
 public:
  /// Reads the file; one that is there and cannot be opened is tried again for as long as
  /// `patience`, since without it all shards have to identify anew.
  session_store(const std::filesystem::path& folder, disk_thread& disk, telemetry::logger log,
                runtime::milliseconds patience = {});
  /// Completes what was asked for.
  ~session_store() override;

  /// A failure is logged, at most once a minute.
  [[nodiscard]] stored_state take_found() override;
  void save(std::vector<session_change> changes, saved_callback done) override;
  void save_reshard(std::vector<session_change> changes, stored_reshard result,
                    saved_callback done) override;
  void save_gateway(stored_gateway answer) override;
  void save_identifies(std::vector<stored_identify> newest) override;

  [[nodiscard]] std::uint64_t failures() const noexcept;
  [[nodiscard]] std::uint64_t replacements() const noexcept override;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace gatehouse::storage
