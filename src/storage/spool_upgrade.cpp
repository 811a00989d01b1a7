#include "spool_file.hpp"

#include <map>
#include <string>
#include <utility>

namespace gatehouse::storage {
namespace {

constexpr std::size_t most_in_block = 256U << 10U;
constexpr int position_bits = 40;  ///< of the former row id; the shard was above them

class upgrade {
 public:
  upgrade(sqlite::database& in, const spool_options& options)
      : database_(in), options_(options), writer_(in) {}

  std::uint64_t run();

 private:
  /// Some rows at a time, which then go: their room is used again.
  bool move_some();
  void move_row(const sqlite::rows& row);
  void write(const std::string& url);

  sqlite::database& database_;
  const spool_options& options_;
  block_writer writer_;
  sqlite::statement select_{
      database_,
      "SELECT id, guild_id, seq, received_unix_ms, attempts, rank, is_barrier, deferred, "
      "session_id, type, payload FROM events ORDER BY id LIMIT 1024"};
  sqlite::statement remove_{database_, "DELETE FROM events WHERE id <= ?"};
  std::uint64_t next_id_ = 1;
  std::uint64_t lost_ = 0;
  std::int64_t shard_id_ = 0;
  std::map<std::string, event_block> open_;  ///< of this shard, by URL
};

std::uint64_t upgrade::run() {
  while (move_some()) {
  }
  while (!open_.empty()) write(open_.begin()->first);
  database_.run("DROP TABLE events");
  return lost_;
}

bool upgrade::move_some() {
  std::int64_t last_id = 0;
  bool is_any = false;
  {
    auto row = select_.query();
    while (row.next()) {
      is_any = true;
      last_id = row.integer(0);
      move_row(row);
    }
  }
  if (is_any) remove_.execute(last_id);
  return is_any;
}

void upgrade::move_row(const sqlite::rows& row) {
  const std::int64_t id = row.integer(0);
  const std::int64_t shard_id = id >> position_bits;
  if (shard_id < 0 || shard_id >= spool_shard_limit) {
    ++lost_;
    return;
  }
  while (shard_id != shard_id_ && !open_.empty()) write(open_.begin()->first);
  shard_id_ = shard_id;
  const auto rank = row.integer(5);
  const auto deferred = row.integer(7);
  const stored_event event{
      .position = id & ((std::int64_t{1} << position_bits) - 1),
      .guild_id = static_cast<std::uint64_t>(row.integer(1)),
      .seq = row.integer(2),
      .received_unix_ms = row.integer(3),
      .attempts = static_cast<std::uint32_t>(row.integer(4)),
      .rank = rank < 0 || rank > 2 ? event_rank::ordinary : static_cast<event_rank>(rank),
      .is_barrier = row.integer(6) != 0,
      .mark = deferred == 5 || deferred == 6 ? static_cast<event_mark>(deferred) : mark_open,
      .session_id = row.bytes(8),
      .type = row.bytes(9),
      .payload = row.bytes(10)};
  std::string url = options_.url_of(static_cast<int>(shard_id), event.type);
  event_block& block = open_[url];
  block.add(event);
  if (block.bytes() >= most_in_block) write(url);
}

void upgrade::write(const std::string& url) {
  auto taken = open_.extract(url);
  const new_block block{
      next_id_++, {static_cast<int>(shard_id_), taken.key()}, std::move(taken.mapped())};
  if (const auto facts = facts_of(block.events)) writer_.insert(block, *facts);
}

}  // namespace

std::uint64_t upgrade_first_layout(sqlite::database& in, const spool_options& options) {
  return upgrade{in, options}.run();
}

}  // namespace gatehouse::storage
