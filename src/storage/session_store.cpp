#include "database_file.hpp"
#include "failure_log.hpp"
#include "sqlite.hpp"

#include <gatehouse/runtime/clock.hpp>
#include <gatehouse/storage/session_store.hpp>

#include <spdlog/logger.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

namespace gatehouse::storage {
namespace {

constexpr database_layout layout{1, "",
                                 "CREATE TABLE sessions ("
                                 "  shard_id INTEGER PRIMARY KEY,"
                                 "  total_shards INTEGER NOT NULL,"
                                 "  intents INTEGER NOT NULL,"
                                 "  session_id TEXT NOT NULL,"
                                 "  resume_url TEXT NOT NULL,"
                                 "  seq INTEGER NOT NULL"
                                 ") STRICT;"
                                 "CREATE TABLE guilds ("
                                 "  shard_id INTEGER NOT NULL,"
                                 "  guild_id INTEGER NOT NULL,"
                                 "  presence INTEGER NOT NULL, -- 0 loading, 1 present\n"
                                 "  PRIMARY KEY (shard_id, guild_id)"
                                 ") STRICT, WITHOUT ROWID;"
                                 "CREATE TABLE gateway ("
                                 "  id INTEGER PRIMARY KEY CHECK (id = 0),"
                                 "  url TEXT NOT NULL,"
                                 "  shards INTEGER NOT NULL,"
                                 "  max_concurrency INTEGER NOT NULL"
                                 ") STRICT;"};

/// What version 0.1.0 did not have. It ignores them, so its files and ours are of one version.
constexpr const char* later_tables =
    "CREATE TABLE IF NOT EXISTS reshard ("
    "  id INTEGER PRIMARY KEY CHECK (id = 0),"
    "  total_shards INTEGER NOT NULL,"
    "  configured INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE IF NOT EXISTS identifies ("
    "  bucket INTEGER PRIMARY KEY,"
    "  shard_id INTEGER NOT NULL,"
    "  unix_ms INTEGER NOT NULL"
    ") STRICT;";

constexpr std::int64_t most_shards = 1'000'000;
constexpr std::int64_t most_concurrency = 100'000;

std::optional<stored_session> to_session(const sqlite::rows& row) {
  const std::int64_t shard_id = row.integer(0);
  const std::int64_t total_shards = row.integer(1);
  const std::int64_t intents = row.integer(2);
  const std::int64_t seq = row.integer(5);
  if (total_shards < 1 || total_shards > most_shards) return std::nullopt;
  if (shard_id < 0 || shard_id >= total_shards) return std::nullopt;
  if (intents < 0 || seq < 0 || row.bytes(3).empty()) return std::nullopt;
  stored_session session;
  session.shard_id = static_cast<int>(shard_id);
  session.position = {static_cast<int>(total_shards), static_cast<std::uint64_t>(intents),
                      std::string{row.bytes(3)}, std::string{row.bytes(4)}, seq};
  return session;
}

std::optional<stored_gateway> to_gateway(const sqlite::rows& row) {
  const std::int64_t shards = row.integer(1);
  const std::int64_t max_concurrency = row.integer(2);
  if (row.bytes(0).empty() || shards < 1 || shards > most_shards) return std::nullopt;
  if (max_concurrency < 1 || max_concurrency > most_concurrency) return std::nullopt;
  return stored_gateway{std::string{row.bytes(0)}, static_cast<int>(shards),
                        static_cast<int>(max_concurrency)};
}

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

session_file::session_file(const std::filesystem::path& file)
    : database_(open(file)),
      put_session_(database_, "REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?)"),
      remove_session_(database_, "DELETE FROM sessions WHERE shard_id = ?"),
      put_guild_(database_, "REPLACE INTO guilds VALUES (?, ?, ?)"),
      remove_guild_(database_, "DELETE FROM guilds WHERE shard_id = ? AND guild_id = ?"),
      remove_guilds_(database_, "DELETE FROM guilds WHERE shard_id = ?"),
      put_gateway_(database_, "REPLACE INTO gateway VALUES (0, ?, ?, ?)"),
      put_reshard_(database_, "REPLACE INTO reshard VALUES (0, ?, ?)"),
      put_identify_(database_, "REPLACE INTO identifies VALUES (?, ?, ?)") {}

sqlite::database session_file::open(const std::filesystem::path& file) {
  sqlite::database opened = open_database(file, layout);
  opened.run(later_tables);
  return opened;
}

void session_file::check() {
  sqlite::statement question{database_, "PRAGMA quick_check(1)"};
  auto answer = question.query();
  if (answer.next() && answer.bytes(0) == "ok") return;
  throw sqlite::damage(std::string{answer.bytes(0)});
}

stored_state session_file::read(const telemetry::logger& log) {
  check();
  stored_state state;
  int senseless = 0;
  sqlite::statement sessions{
      database_,
      "SELECT shard_id, total_shards, intents, session_id, resume_url, seq FROM sessions "
      "ORDER BY shard_id"};
  for (auto row = sessions.query(); row.next();) {
    auto session = to_session(row);
    if (session) {
      state.sessions.push_back(std::move(*session));
    } else if (senseless++ == 0) {
      log->error("sessions.db: the session of shard {} makes no sense and is ignored",
                 row.integer(0));
    }
  }
  if (senseless > 1) log->error("sessions.db: {} such sessions are ignored", senseless);
  read_guilds(state.sessions, log);

  sqlite::statement gateway{database_, "SELECT url, shards, max_concurrency FROM gateway"};
  auto row = gateway.query();
  if (row.next()) {
    state.gateway = to_gateway(row);
    if (!state.gateway) log->error("sessions.db: the stored gateway makes no sense and is ignored");
  }
  state.reshard = read_reshard();
  state.identifies = read_identifies();
  return state;
}

void session_file::read_guilds(std::vector<stored_session>& sessions,
                               const telemetry::logger& log) {
  int senseless = 0;
  sqlite::statement guilds{
      database_, "SELECT shard_id, guild_id, presence FROM guilds ORDER BY shard_id, guild_id"};
  auto session = sessions.begin();
  for (auto row = guilds.query(); row.next();) {
    const std::int64_t shard_id = row.integer(0);
    while (session != sessions.end() && session->shard_id < shard_id) ++session;
    if (session == sessions.end()) break;
    if (session->shard_id != shard_id) continue;  // its session was ignored
    const auto guild_id = static_cast<std::uint64_t>(row.integer(1));
    const std::int64_t presence = row.integer(2);
    if (guild_id == 0 || (presence != 0 && presence != 1)) {
      ++senseless;
    } else {
      (presence == 0 ? session->loading_guild_ids : session->guild_ids).push_back(guild_id);
    }
  }
  if (senseless > 0) log->error("sessions.db: {} guilds make no sense and are ignored", senseless);
}

std::optional<stored_reshard> session_file::read_reshard() {
  sqlite::statement question{database_, "SELECT total_shards, configured FROM reshard"};
  auto row = question.query();
  if (!row.next()) return std::nullopt;
  const std::int64_t total = row.integer(0);
  const std::int64_t configured = row.integer(1);
  if (total < 1 || total > most_shards || configured < 0 || configured > most_shards) {
    return std::nullopt;
  }
  return stored_reshard{static_cast<int>(total), static_cast<int>(configured)};
}

/// What makes no sense is no reason to wait.
std::vector<stored_identify> session_file::read_identifies() {
  std::vector<stored_identify> newest;
  sqlite::statement question{database_, "SELECT bucket, shard_id, unix_ms FROM identifies"};
  for (auto row = question.query(); row.next();) {
    const std::int64_t shard_id = row.integer(1);
    if (shard_id < 0 || shard_id >= most_shards) continue;
    newest.push_back(
        {static_cast<int>(row.integer(0)), static_cast<int>(shard_id), row.integer(2)});
  }
  return newest;
}

bool session_file::is_empty() {
  return database_.integer("SELECT EXISTS (SELECT 1 FROM sessions)") == 0;
}

void session_file::save(const std::vector<session_change>& changes, const stored_reshard* reshard) {
  sqlite::transaction all{database_};
  for (const auto& change : changes) {
    if (!change.position) {
      remove_session_.execute(change.shard_id);
      remove_guilds_.execute(change.shard_id);
      continue;
    }
    const session_position& now = *change.position;
    put_session_.execute(change.shard_id, now.total_shards, now.intents, now.session_id,
                         now.resume_url, now.seq);
    save_guilds(change.shard_id, change.guilds);
  }
  if (reshard != nullptr) put_reshard_.execute(reshard->total_shards, reshard->configured);
  all.commit();
}

void session_file::save_guilds(int shard_id, const guild_changes& changes) {
  if (changes.is_complete) remove_guilds_.execute(shard_id);
  for (const auto& guild : changes.guilds) {
    if (guild.presence == guild_presence::gone) {
      remove_guild_.execute(shard_id, guild.guild_id);
    } else {
      put_guild_.execute(shard_id, guild.guild_id,
                         guild.presence == guild_presence::loading ? 0 : 1);
    }
  }
}

void session_file::save(const stored_gateway& answer) {
  put_gateway_.execute(answer.url, answer.shards, answer.max_concurrency);
}

void session_file::save(const std::vector<stored_identify>& newest) {
  sqlite::transaction all{database_};
  for (const auto& each : newest) put_identify_.execute(each.bucket, each.shard_id, each.unix_ms);
  all.commit();
}

void session_file::settle() {
  database_.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace

struct session_store::impl {
  using change = std::function<void(session_file&)>;

  impl(const std::filesystem::path& folder, disk_thread& on, telemetry::logger to)
      : path(folder / "sessions.db"), disk(on), log(std::move(to)) {}

  // All of these run on the disk thread.
  void open_first();
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

void session_store::impl::open_first() {
  try {
    open([this] { found = file->read(log); });
  } catch (const sqlite::error& problem) {
    note_failure(problem);
  }
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
                             telemetry::logger log)
    : impl_(std::make_unique<impl>(folder, disk, std::move(log))) {
  disk.run([this] { impl_->open_first(); });
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
