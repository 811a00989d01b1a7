#include "spool_file.hpp"

#include "database_file.hpp"

#include <algorithm>
#include <queue>
#include <utility>

namespace gatehouse::storage {
namespace {

constexpr int position_bits = 40;
constexpr std::int64_t position_limit = std::int64_t{1} << position_bits;
constexpr std::int64_t shard_limit = std::int64_t{1} << 20;

/// Large pages, because most payloads then need no pages of their own. An event is told to be
/// stored when its commit returns, hence FULL: the log is on the disk by then. The cache (in KiB)
/// holds the page that is being filled of each of 2,000 shards.
constexpr database_layout layout{
    1,
    "PRAGMA page_size = 16384;"
    "PRAGMA auto_vacuum = INCREMENTAL;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA wal_autocheckpoint = 512;"
    "PRAGMA journal_size_limit = 16777216;"
    "PRAGMA cache_size = -16384;"
    "PRAGMA cell_size_check = ON;",
    // Few events have a rank other than ordinary: their indexes are small, and find them at once.
    "CREATE TABLE events ("
    "  id INTEGER PRIMARY KEY, -- shard id << 40 | position\n"
    "  route INTEGER NOT NULL,"
    "  rank INTEGER NOT NULL, -- 0 shed first, 1 ordinary, 2 last resort\n"
    "  is_barrier INTEGER NOT NULL,"
    "  guild_id INTEGER NOT NULL,"
    "  seq INTEGER NOT NULL,"
    "  received_unix_ms INTEGER NOT NULL,"
    "  attempts INTEGER NOT NULL,"
    "  deferred INTEGER NOT NULL, -- callback type of an answered interaction\n"
    "  type TEXT NOT NULL,"
    "  session_id TEXT NOT NULL,"
    "  payload BLOB NOT NULL"
    ") STRICT;"
    "CREATE INDEX shed_first_events ON events (id) WHERE rank = 0;"
    "CREATE INDEX last_resort_events ON events (id) WHERE rank = 2;"};

constexpr std::string_view facts_columns =
    "id, route, rank, is_barrier, guild_id, seq, received_unix_ms, attempts, deferred, type, "
    "session_id";
constexpr int payload_column = 11;

std::string select_facts(std::string_view rest) {
  return std::string{"SELECT "}.append(facts_columns).append(rest);
}

std::string write_event(std::string_view verb) {
  return std::string{verb}
      .append(" INTO events (")
      .append(facts_columns)
      .append(", payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
}

event_rank to_rank(std::int64_t value) {
  if (value == 0) return event_rank::shed_first;
  return value == 2 ? event_rank::last_resort : event_rank::ordinary;
}

event_facts to_facts(const sqlite::rows& row) {
  const std::int64_t id = row.integer(0);
  return {.key = {static_cast<int>(id >> position_bits), id & (position_limit - 1)},
          .route = static_cast<int>(row.integer(1)),
          .guild_id = static_cast<std::uint64_t>(row.integer(4)),
          .seq = row.integer(5),
          .session_id = std::string{row.bytes(10)},
          .type = std::string{row.bytes(9)},
          .rank = to_rank(row.integer(2)),
          .is_barrier = row.integer(3) != 0,
          .received_unix_ms = row.integer(6),
          .attempts = static_cast<std::uint32_t>(row.integer(7)),
          .deferred = static_cast<int>(row.integer(8))};
}

std::int64_t first_id_of(std::int64_t shard_id) {
  return shard_id << position_bits;
}

}  // namespace

std::optional<std::int64_t> row_id(event_key key) noexcept {
  if (key.shard_id < 0 || key.shard_id >= shard_limit) return std::nullopt;
  if (key.position < 0 || key.position >= position_limit) return std::nullopt;
  return first_id_of(key.shard_id) | key.position;
}

spool_file::spool_file(const std::filesystem::path& file)
    : database_(open_database(file, layout)),
      page_bytes_(database_.integer("PRAGMA page_size")),
      page_count_(database_, "PRAGMA page_count"),
      free_count_(database_, "PRAGMA freelist_count"),
      insert_(database_, write_event("INSERT")),
      replace_(database_, write_event("REPLACE")),
      remove_(database_, "DELETE FROM events WHERE id = ?"),
      set_deferred_(database_, "UPDATE events SET deferred = ?2 WHERE id = ?1"),
      set_route_(database_, "UPDATE events SET route = ?2 WHERE id = ?1"),
      load_(database_, select_facts(", payload FROM events"
                                    " WHERE id >= ? AND id < ? AND route = ? ORDER BY id")),
      oldest_shed_first_(database_, select_facts(" FROM events INDEXED BY shed_first_events"
                                                 " WHERE rank = 0 AND id >= ? AND id < ?"
                                                 " ORDER BY id LIMIT 1")),
      oldest_ordinary_(database_, select_facts(" FROM events NOT INDEXED"
                                               " WHERE rank = 1 AND id >= ? AND id < ?"
                                               " ORDER BY id LIMIT 1")),
      oldest_last_resort_(database_, select_facts(" FROM events INDEXED BY last_resort_events"
                                                  " WHERE rank = 2 AND id >= ? AND id < ?"
                                                  " ORDER BY id LIMIT 1")) {}

std::vector<event_facts> spool_file::scan() {
  std::vector<event_facts> all;
  sqlite::statement everything{database_, select_facts(" FROM events ORDER BY id")};
  auto row = everything.query();
  while (row.next()) all.push_back(to_facts(row));
  return all;
}

void spool_file::scan(int shard_id, std::vector<event_facts>& into) {
  const auto from = row_id({shard_id, 0});
  if (!from) return;
  sqlite::statement all{database_,
                        select_facts(" FROM events WHERE id >= ? AND id < ? ORDER BY id")};
  auto row = all.query(*from, first_id_of(std::int64_t{shard_id} + 1));
  while (row.next()) into.push_back(to_facts(row));
}

std::uint64_t spool_file::count() {
  return static_cast<std::uint64_t>(database_.integer("SELECT count(*) FROM events"));
}

std::uint64_t spool_file::bytes_of(sqlite::statement& pages) {
  auto answer = pages.query();
  const std::int64_t count = answer.next() ? answer.integer(0) : 0;
  return static_cast<std::uint64_t>(count * page_bytes_);
}

std::uint64_t spool_file::used_bytes() {
  return bytes_of(page_count_) - bytes_of(free_count_);
}

std::uint64_t spool_file::free_bytes() {
  return bytes_of(free_count_);
}

bool spool_file::insert(std::int64_t id, const event_facts& facts, std::string_view payload) {
  const auto execute = [&](sqlite::statement& with) {
    with.execute(id, facts.route, static_cast<int>(facts.rank), facts.is_barrier, facts.guild_id,
                 facts.seq, facts.received_unix_ms, facts.attempts, facts.deferred, facts.type,
                 facts.session_id, sqlite::blob{payload});
  };
  try {
    execute(insert_);
    return true;
  } catch (const sqlite::error& problem) {
    if (!problem.is_constraint()) throw;
  }
  execute(replace_);  // the rare case; a REPLACE alone would not tell which one it was
  return false;
}

bool spool_file::remove(std::int64_t id) {
  remove_.execute(id);
  return database_.changes() > 0;
}

void spool_file::set_deferred(std::int64_t id, int callback_type) {
  set_deferred_.execute(id, callback_type);
}

void spool_file::set_route(std::int64_t id, int route) {
  set_route_.execute(id, route);
}

load_result spool_file::load(const load_request& wanted, const unwritten_changes& unwritten) {
  load_result result;
  const auto from = row_id({wanted.shard_id, std::max<std::int64_t>(wanted.from_position, 0)});
  result.is_end = true;
  if (!from) return result;
  std::size_t bytes = 0;
  auto row = load_.query(*from, first_id_of(std::int64_t{wanted.shard_id} + 1), wanted.route);
  while (row.next()) {
    const std::int64_t id = row.integer(0);
    if (unwritten.removed.contains(id)) continue;
    const auto payload = row.bytes(payload_column);
    bytes += payload.size();
    if (!result.batch.empty() &&
        (result.batch.size() >= wanted.max_events || bytes > wanted.max_bytes)) {
      result.is_end = false;
      break;
    }
    event_facts facts = to_facts(row);
    const auto deferred = unwritten.deferred.find(id);
    if (deferred != unwritten.deferred.end()) facts.deferred = deferred->second;
    result.batch.add(std::move(facts), payload);
  }
  return result;
}

sqlite::statement& spool_file::oldest_of(event_rank rank) {
  if (rank == event_rank::shed_first) return oldest_shed_first_;
  return rank == event_rank::last_resort ? oldest_last_resort_ : oldest_ordinary_;
}

std::vector<event_facts> spool_file::purge(const purge_request& wanted) {
  // The oldest event of each shard; the oldest of these is dropped and replaced by its successor.
  const auto is_younger = [](const event_facts& a, const event_facts& b) {
    return a.received_unix_ms > b.received_unix_ms;
  };
  std::priority_queue<event_facts, std::vector<event_facts>, decltype(is_younger)> oldest{
      is_younger};
  const auto look_from = [&](event_key key) {
    const auto from = row_id(key);
    if (!from) return;
    auto row = oldest_of(wanted.rank).query(*from, first_id_of(std::int64_t{key.shard_id} + 1));
    if (row.next()) oldest.push(to_facts(row));
  };
  for (const int shard_id : wanted.shard_ids) look_from({shard_id, 0});

  std::vector<event_facts> dropped;
  while (!oldest.empty() && dropped.size() < wanted.max_events) {
    if (oldest.top().received_unix_ms >= wanted.received_before_unix_ms) break;
    const event_key key = oldest.top().key;
    dropped.push_back(oldest.top());
    oldest.pop();
    remove(*row_id(key));
    look_from({key.shard_id, key.position + 1});
  }
  return dropped;
}

void spool_file::shrink() {
  database_.run("PRAGMA incremental_vacuum");
  database_.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace gatehouse::storage
