#include "spool_file.hpp"

#include "database_file.hpp"

#include <zlib.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <utility>

namespace gatehouse::storage {
namespace {

/// Blocks of a few events have room in a page, large ones fill some. Without a checkpoint in
/// between, blocks that are soon removed are written once only. Debian's SQLite would write a third
/// more, zeros over what is removed; the file is private, and gives its room back when it is empty.
constexpr database_layout layout{
    2,
    "PRAGMA page_size = 16384;"
    "PRAGMA auto_vacuum = INCREMENTAL;",
    "PRAGMA wal_autocheckpoint = 512;"
    "PRAGMA cache_size = -16384;"
    "PRAGMA secure_delete = OFF;",
    "CREATE TABLE blocks ("
    "  id INTEGER PRIMARY KEY,"
    "  shard_id INTEGER NOT NULL,"
    "  url TEXT NOT NULL,"
    "  first_position INTEGER NOT NULL,"
    "  last_position INTEGER NOT NULL,"
    "  received_unix_ms INTEGER NOT NULL, -- its first event\n"
    "  events_left INTEGER NOT NULL, -- that are not done\n"
    "  sheddable INTEGER NOT NULL, -- events that are dropped when there is no room\n"
    "  bytes INTEGER NOT NULL, -- of its data and marks\n"
    "  crc INTEGER NOT NULL, -- CRC-32 of its data\n"
    "  marks BLOB NOT NULL -- a byte an event: 0 open, 1 done, else how it was deferred\n"
    ") STRICT;"
    "CREATE INDEX blocks_of_queues ON blocks (shard_id, url, first_position);"
    "CREATE INDEX sheddable_blocks ON blocks (shard_id, url, first_position) WHERE sheddable > 0;"
    "CREATE TABLE payloads (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;"
    "CREATE TABLE routing (text TEXT NOT NULL) STRICT;"};

/// What a damaged row says is not believed.
constexpr std::string_view left_column = "max(0, min(events_left, length(marks)))";
constexpr std::string_view is_sensible =
    "id BETWEEN 1 AND 4611686018427387903 AND shard_id BETWEEN 0 AND 1048575 AND "
    "first_position >= 0 AND last_position BETWEEN first_position AND 4611686018427387903 AND "
    "events_left BETWEEN 0 AND length(marks)";
constexpr std::string_view columns =
    "SELECT id, shard_id, first_position, last_position, received_unix_ms, ";

std::string sql(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const auto part : parts) all += part;
  return all;
}

/// A block that SQLite can read, and that is not what was written.
struct senseless_block : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::vector<event_mark> to_marks(std::string_view bytes) {
  return {bytes.begin(), bytes.end()};
}

sqlite::blob to_blob(const std::vector<event_mark>& marks) noexcept {
  return {{reinterpret_cast<const char*>(marks.data()), marks.size()}};
}

}  // namespace

std::optional<block_facts> facts_of(const event_block& block) {
  block_facts facts;
  std::int64_t last = -1;
  bool is_in_order = true;
  const bool is_whole = block.for_each([&](const stored_event& event) {
    if (last < 0) {
      facts.first_position = event.position;
      facts.received_unix_ms = event.received_unix_ms;
    }
    is_in_order = is_in_order && event.position > last;
    last = event.position;
    if (is_sheddable(event)) ++facts.sheddable;
  });
  facts.last_position = last;
  if (!is_whole || !is_in_order || last >= spool_number_limit) return std::nullopt;
  return facts;
}

bool is_sheddable(const stored_event& event) noexcept {
  return event.rank == event_rank::shed_first && !event.is_barrier && event.mark != mark_done;
}

std::uint32_t checksum_of(std::string_view data) noexcept {
  const auto* const bytes = reinterpret_cast<const Bytef*>(data.data());
  return static_cast<std::uint32_t>(::crc32_z(0, bytes, data.size()));
}

block_writer::block_writer(sqlite::database& in)
    : insert_(in,
              "INSERT INTO blocks (id, shard_id, url, first_position, last_position,"
              " received_unix_ms, events_left, sheddable, bytes, crc, marks)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      insert_payload_(in, "INSERT INTO payloads (id, data) VALUES (?, ?)") {}

bool block_writer::is_storable(const new_block& block) noexcept {
  return block.queue.shard_id >= 0 && block.queue.shard_id < spool_shard_limit && block.id > 0 &&
         block.id < static_cast<std::uint64_t>(spool_number_limit);
}

std::int64_t block_writer::insert(const new_block& block, const block_facts& facts) {
  const auto left = static_cast<std::int64_t>(events_left(block.events.marks()));
  if (left == 0) return 0;
  insert_.execute(block.id, block.queue.shard_id, std::string_view{block.queue.url},
                  facts.first_position, facts.last_position, facts.received_unix_ms, left,
                  facts.sheddable, block.events.bytes(), checksum_of(block.events.data()),
                  to_blob(block.events.marks()));
  insert_payload_.execute(block.id, sqlite::blob{block.events.data()});
  return left;
}

struct spool_file::block_row {
  explicit block_row(const sqlite::rows& row)
      : id(static_cast<std::uint64_t>(row.integer(0))),
        shard_id(row.integer(1)),
        first_position(row.integer(2)),
        last_position(row.integer(3)),
        received_unix_ms(row.integer(4)),
        left(static_cast<std::uint64_t>(row.integer(5))),
        bytes(static_cast<std::size_t>(row.integer(6))),
        crc(row.integer(7)),
        marks(to_marks(row.bytes(8))) {}

  std::uint64_t id;
  std::int64_t shard_id, first_position, last_position, received_unix_ms;
  std::uint64_t left;
  std::size_t bytes;
  std::int64_t crc;
  std::vector<event_mark> marks;
};

std::filesystem::path spool_file::path_in(const std::filesystem::path& folder) {
  return folder / "spool.db";
}

spool_file::spool_file(const spool_options& options)
    : database_(open_database(path_in(options.folder), layout,
                              [&](sqlite::database& older) {
                                lost_by_upgrade_ = upgrade_first_layout(older, options);
                              })),
      page_bytes_(database_.integer("PRAGMA page_size")),
      page_count_(database_, "PRAGMA page_count"),
      free_count_(database_, "PRAGMA freelist_count"),
      writer_(database_),
      events_of_(database_, sql({"SELECT ", left_column, " FROM blocks WHERE id = ?"})),
      marks_of_(database_, sql({"SELECT ", left_column, ", marks FROM blocks WHERE id = ?"})),
      set_marks_(database_, "UPDATE blocks SET marks = ?, events_left = ? WHERE id = ?"),
      remove_(database_, "DELETE FROM blocks WHERE id = ?"),
      remove_payload_(database_, "DELETE FROM payloads WHERE id = ?"),
      list_(database_, sql({columns, left_column,
                            ", bytes, crc, marks FROM blocks WHERE shard_id = ?"
                            " AND url = ? AND first_position >= ?"
                            " ORDER BY first_position"})),
      payload_of_(database_, "SELECT data FROM payloads WHERE id = ?"),
      next_sheddable_(database_, sql({columns, left_column,
                                      ", bytes, crc, marks FROM blocks WHERE sheddable > 0"
                                      " AND shard_id = ? AND url = ? AND first_position >= ?"
                                      " ORDER BY first_position LIMIT 1"})) {}

// What is there.

std::vector<damaged_block> spool_file::senseless_blocks() {
  std::vector<damaged_block> all;
  sqlite::statement senseless{database_, sql({"SELECT id, shard_id, ", left_column,
                                              " FROM blocks WHERE NOT (", is_sensible, ")"})};
  auto row = senseless.query();
  while (row.next()) {
    all.push_back({static_cast<std::uint64_t>(row.integer(0)), row.integer(1),
                   static_cast<std::uint64_t>(row.integer(2)), "its key makes no sense"});
  }
  return all;
}

spool_contents spool_file::contents() {
  spool_contents found;
  found.damaged = senseless_blocks();
  for (const auto& each : found.damaged) found.events += each.events;
  sqlite::statement queues{database_,
                           sql({"SELECT shard_id, url, min(first_position), max(last_position),"
                                " sum(events_left), total(bytes) FROM blocks WHERE ",
                                is_sensible,
                                " AND events_left > 0 GROUP BY shard_id, url"
                                " ORDER BY shard_id, min(first_position)"})};
  auto row = queues.query();
  while (row.next()) {
    queue_summary& queue = found.queues.emplace_back();
    queue.key = {static_cast<int>(row.integer(0)), std::string{row.bytes(1)}};
    queue.first_position = row.integer(2);
    queue.last_position = row.integer(3);
    queue.events = static_cast<std::uint64_t>(row.integer(4));
    queue.bytes = static_cast<std::uint64_t>(row.integer(5));
    found.events += queue.events;
  }
  found.last_id = static_cast<std::uint64_t>(database_.integer(
      "SELECT max(ifnull((SELECT max(id) FROM blocks WHERE id < 4611686018427387904), 0),"
      " ifnull((SELECT max(id) FROM payloads WHERE id < 4611686018427387904), 0))"));
  sqlite::statement routing{database_, "SELECT text FROM routing"};
  auto text = routing.query();
  if (text.next()) found.routing = text.bytes(0);
  return found;
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

// Changes.

void spool_file::insert(const new_block& block, const block_facts& facts, std::int64_t& events) {
  try {
    events += writer_.insert(block, facts);
  } catch (const sqlite::error& problem) {
    // A store that seemed to fail, and is there after the file was opened anew.
    if (!problem.is_constraint()) throw;
    block_change former;
    former.becomes = block_change::fate::done;
    apply(block.id, former, events);
    events += writer_.insert(block, facts);
  }
}

void spool_file::apply(const spool_changes& changes, std::int64_t& events) {
  for (const auto& [id, change] : changes.blocks) apply(id, change, events);
  if (!changes.routing) return;
  database_.run("DELETE FROM routing");
  sqlite::statement{database_, "INSERT INTO routing VALUES (?)"}.execute(
      std::string_view{*changes.routing});
}

void spool_file::apply(std::uint64_t id, const block_change& change, std::int64_t& events) {
  std::int64_t before = 0;
  std::vector<event_mark> marks;
  if (change.becomes == block_change::fate::kept) {
    auto row = marks_of_.query(id);
    if (!row.next()) return;
    before = row.integer(0);
    marks = to_marks(row.bytes(1));
  } else {
    auto row = events_of_.query(id);
    if (!row.next()) return;
    before = row.integer(0);
  }
  events -= before;
  change.apply(marks);
  if (const auto now = events_left(marks); now > 0) {
    set_marks_.execute(to_blob(marks), now, id);
    events += static_cast<std::int64_t>(now);
    return;
  }
  remove_.execute(id);
  remove_payload_.execute(id);
}

// Reading.

event_block spool_file::read(const block_row& row) {
  if (row.last_position < row.first_position || row.last_position >= spool_number_limit) {
    throw senseless_block("its key makes no sense");
  }
  auto payload = payload_of_.query(row.id);
  if (!payload.next()) throw senseless_block("its payload is missing");
  const auto data = payload.bytes(0);
  if (checksum_of(data) != row.crc) throw senseless_block("its checksum is wrong");
  event_block block{std::string{data}, row.marks};
  const auto facts = facts_of(block);
  if (facts && facts->first_position == row.first_position &&
      facts->last_position == row.last_position) {
    return block;
  }
  throw senseless_block("its events make no sense");
}

load_result spool_file::load(const load_request& wanted, const spool_changes& unwritten,
                             std::vector<damaged_block>& damaged) {
  load_result result;
  std::size_t bytes = 0;
  auto rows = list_.query(wanted.queue.shard_id, std::string_view{wanted.queue.url},
                          std::max<std::int64_t>(wanted.from_position, 0));
  while (rows.next()) {
    block_row row{rows};
    if (const auto change = unwritten.blocks.find(row.id); change != unwritten.blocks.end()) {
      if (change->second.becomes != block_change::fate::kept) continue;
      change->second.apply(row.marks);
    }
    if (events_left(row.marks) == 0) continue;
    bytes += row.bytes;
    if (!result.blocks.empty() && bytes > wanted.max_bytes) return result;
    try {
      result.blocks.push_back({row.id, row.last_position, read(row)});
    } catch (const senseless_block& problem) {
      damaged.push_back({row.id, row.shard_id, row.left, problem.what()});
      result.lost_events += row.left;
      bytes -= row.bytes;
    }
  }
  result.is_end = true;
  return result;
}

// Dropping what matters least.

std::vector<shed_count> spool_file::shed(const shed_request& wanted, std::int64_t& events) {
  // The oldest block of each part; the oldest of these is rewritten and replaced by its successor.
  std::multimap<std::int64_t, std::pair<std::size_t, block_row>> oldest;
  const auto look_from = [&](std::size_t part, std::int64_t position) {
    const queue_key& queue = wanted.parts[part].queue;
    auto row = next_sheddable_.query(queue.shard_id, std::string_view{queue.url}, position);
    if (!row.next()) return;
    block_row found{row};
    const auto received = found.received_unix_ms;
    oldest.emplace(received, std::pair{part, std::move(found)});
  };
  for (std::size_t i = 0; i < wanted.parts.size(); ++i) look_from(i, wanted.parts[i].from_position);

  std::map<std::pair<std::size_t, std::string>, std::uint64_t> counts;
  for (std::size_t freed = 0; !oldest.empty() && freed < wanted.max_bytes;) {
    const auto next = oldest.extract(oldest.begin());
    const auto& [part, row] = next.mapped();
    freed += shed_from(
        row, wanted.parts[part].queue,
        [&, part = part](const stored_event& event) {
          ++counts[{part, std::string{event.type}}];
        },
        events);
    if (row.first_position < spool_number_limit) look_from(part, row.first_position + 1);
  }
  std::vector<shed_count> all;
  all.reserve(counts.size());
  for (const auto& [of, count] : counts) all.push_back({of.first, of.second, count});
  return all;
}

std::size_t spool_file::shed_from(const block_row& row, const queue_key& queue,
                                  const std::function<void(const stored_event&)>& dropped,
                                  std::int64_t& events) {
  new_block kept{row.id, queue, {}};
  try {
    const event_block whole = read(row);
    static_cast<void>(whole.for_each([&](const stored_event& event) {
      if (is_sheddable(event)) {
        dropped(event);
      } else if (event.mark != mark_done) {
        kept.events.add(event);
      }
    }));
  } catch (const senseless_block&) {
    return 0;  // it is told when it is loaded
  }
  block_change former;
  former.becomes = block_change::fate::done;
  apply(row.id, former, events);
  if (const auto facts = facts_of(kept.events)) insert(kept, *facts, events);
  return row.bytes - std::min(row.bytes, kept.events.bytes());
}

bool spool_file::shrink() {
  const auto before = free_bytes();
  database_.run(
      "DELETE FROM payloads WHERE id NOT IN (SELECT id FROM blocks);"
      "PRAGMA incremental_vacuum(256);");
  const auto left = free_bytes();
  if (left > 0 && left < before) return true;  // a file of version 1 may not be able to
  database_.run("PRAGMA wal_checkpoint(TRUNCATE)");
  return false;
}

}  // namespace gatehouse::storage
