#include "session_file.hpp"

#include "database_file.hpp"

#include <gatehouse/telemetry/log_fields.hpp>

#include <spdlog/logger.h>

#include <algorithm>
#include <string>
#include <utility>

namespace gatehouse::storage {
namespace {

constexpr database_layout layout{1, "", "",
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

}  // namespace

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
      telemetry::write_line(
          *log, config::log_level::error, {{telemetry::log_field::shard, row.integer(0)}},
          "sessions.db: the session of shard {} makes no sense and is ignored", row.integer(0));
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

}  // namespace gatehouse::storage
