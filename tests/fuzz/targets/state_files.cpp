#include "session_file.hpp"
#include "spool_file.hpp"

#include <gatehouse/runtime/wall_clock.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <fuzz_input.hpp>
#include <map>
#include <unistd.h>

// The first byte: sessions.db or spool.db, and what has happened to it: columns that say something
// else now, bytes changed in the file, or a file of other bytes altogether. What is read of it
// makes sense, and nothing ends the process.

namespace gatehouse::storage {
namespace {

using fuzz::require;
namespace fs = std::filesystem;

const fs::path& folder() {
  static const fs::path path = [] {
    const fs::path base = fs::is_directory("/dev/shm") ? "/dev/shm" : fs::temp_directory_path();
    fs::path own = base / ("gatehouse-fuzz-" + std::to_string(::getpid()));
    fs::create_directories(own);
    std::atexit([] { fs::remove_all(folder()); });
    return own;
  }();
  return path;
}

telemetry::logger silent() {
  static const auto log =
      std::make_shared<spdlog::logger>("fuzz", std::make_shared<spdlog::sinks::null_sink_mt>());
  return log;
}

void execute(const fs::path& file, const std::string& sql) {
  sqlite3* database = nullptr;
  if (::sqlite3_open(file.c_str(), &database) == SQLITE_OK) {
    ::sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr);
  }
  ::sqlite3_close(database);
}

stored_event event_at(std::int64_t position, std::string_view payload) {
  stored_event event;
  event.position = position;
  event.seq = position;
  event.received_unix_ms = 1'785'326'400'000;
  event.session_id = "session";
  event.type = "MESSAGE_CREATE";
  event.payload = payload;
  return event;
}

/// A file as the daemon leaves it, made once.
const std::string& whole_spool() {
  static const std::string bytes = [] {
    const auto path = spool_file::path_in(folder());
    spool_file file{{folder(), 1 << 30, [](int, std::string_view) { return std::string{}; }}};
    std::int64_t events = 0;
    for (std::int64_t i = 1; i <= 3; ++i) {
      new_block block;
      block.id = static_cast<std::uint64_t>(i);
      block.queue = {static_cast<int>(i % 2), "http://h/"};
      block.events.add(event_at(10 * i, "{\"op\":0}"));
      block.events.add(event_at(10 * i + 1, "{\"op\":0,\"d\":{}}"));
      file.insert(block, *facts_of(block.events), events);
    }
    execute(path, "PRAGMA wal_checkpoint(TRUNCATE)");
    std::ifstream in{path, std::ios::binary};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
  }();
  return bytes;
}

const std::string& whole_sessions() {
  static const std::string bytes = [] {
    const auto path = folder() / "sessions.db";
    session_file file{path};
    file.save({{0,
                session_position{2, 513, "abc", "wss://r", 40},
                {true, {{7, guild_presence::present}}}},
               {1,
                session_position{2, 513, "def", "wss://r", 41},
                {true, {{8, guild_presence::loading}}}}});
    file.save(stored_gateway{"wss://g", 2, 1});
    file.save(std::vector<stored_identify>{{0, 1, 1'785'326'400'000}});
    file.settle();
    std::ifstream in{path, std::ios::binary};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
  }();
  return bytes;
}

fs::path place(const char* name, std::string_view bytes) {
  const fs::path path = folder() / name;
  for (const char* end : {"-wal", "-shm", "-journal"}) fs::remove(path.string() + end);
  std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
  return path;
}

void change_bytes(std::string& bytes, fuzz::input& in) {
  for (int i = 0; i < 32 && !in.empty(); ++i) {
    const auto at = static_cast<std::uint64_t>(in.integer()) % bytes.size();
    bytes[at] = static_cast<char>(in.byte());
  }
}

/// A value as SQL has it: a number, a text or bytes.
std::string value_from(fuzz::input& in) {
  switch (in.below(4)) {
    case 0:
      return std::to_string(in.integer());
    case 1:
      return std::to_string(static_cast<int>(in.byte()) - 128);
    case 2: {
      std::string text{"x'"};
      for (const char c : in.text(in.below(40))) {
        std::array<char, 3> digits{};
        std::snprintf(digits.data(), digits.size(), "%02x", static_cast<unsigned char>(c));
        text += digits.data();
      }
      return text + "'";
    }
    default: {
      std::string text{"'"};
      for (const char c : in.text(in.below(40))) text += c == '\'' || c == '\0' ? '.' : c;
      return text + "'";
    }
  }
}

std::string changed_rows(fuzz::input& in, const std::vector<std::string>& columns) {
  std::string sql;
  for (int i = 0; i < 8 && !in.empty(); ++i) {
    const auto& column = columns.at(in.below(static_cast<unsigned>(columns.size())));
    const auto dot = column.find('.');
    sql += "UPDATE OR IGNORE " + column.substr(0, dot) + " SET " + column.substr(dot + 1) + " = " +
           value_from(in) + " WHERE rowid = " + std::to_string(in.below(4)) + ";";
  }
  return sql;
}

const std::vector<std::string> session_columns{
    "sessions.shard_id",   "sessions.total_shards", "sessions.intents",   "sessions.session_id",
    "sessions.resume_url", "sessions.seq",          "guilds.shard_id",    "guilds.guild_id",
    "guilds.presence",     "gateway.url",           "gateway.shards",     "gateway.max_concurrency",
    "identifies.bucket",   "identifies.shard_id",   "identifies.unix_ms", "reshard.total_shards"};
const std::vector<std::string> spool_columns{"blocks.id",
                                             "blocks.shard_id",
                                             "blocks.url",
                                             "blocks.first_position",
                                             "blocks.last_position",
                                             "blocks.received_unix_ms",
                                             "blocks.events_left",
                                             "blocks.sheddable",
                                             "blocks.bytes",
                                             "blocks.crc",
                                             "blocks.marks",
                                             "payloads.data",
                                             "payloads.id",
                                             "routing.text"};

void read_sessions(const fs::path& path) {
  session_file file{path};
  const auto state = file.read(silent());
  int before = -1;
  for (const auto& session : state.sessions) {
    require(session.shard_id > before, "by shard, each once");
    require(session.shard_id < session.position.total_shards, "a shard of its set");
    require(session.position.seq >= 0 && !session.position.session_id.empty(), "it can be resumed");
    before = session.shard_id;
  }
  if (state.gateway) require(state.gateway->shards >= 1, "a gateway has shards");
  for (const auto& each : state.identifies) {
    require(each.shard_id >= 0, "a shard has a number");
    static_cast<void>(runtime::time_of(each.unix_ms));
  }
}

void check_blocks(const load_result& loaded, std::int64_t from) {
  for (const auto& block : loaded.blocks) {
    require(block.id > 0, "a block has an id");
    std::int64_t last = -1;
    const bool is_whole = block.events.for_each([&](const stored_event& event) {
      require(event.position > last, "positions ascend");
      last = event.position;
      static_cast<void>(runtime::time_of(event.received_unix_ms));
    });
    require(is_whole && last == block.last_position && last >= from, "what is loaded is whole");
  }
}

void read_spool() {
  spool_file file{
      {folder(), 1 << 30, [](int, std::string_view) { return std::string{"http://h/"}; }}};
  const auto found = file.contents();
  std::int64_t events = static_cast<std::int64_t>(found.events);
  std::vector<damaged_block> damaged;
  for (const auto& queue : found.queues) {
    require(queue.key.shard_id >= 0 && queue.key.shard_id < spool_shard_limit, "a shard's queue");
    require(queue.first_position >= 0 && queue.last_position < spool_number_limit, "in range");
    const auto loaded =
        file.load({queue.key, queue.first_position, 1 << 20}, spool_changes{}, damaged);
    check_blocks(loaded, queue.first_position);
    static_cast<void>(file.shed({{{queue.key, queue.first_position}}, 1 << 20}, events));
  }
  block_change gone;
  gone.becomes = block_change::fate::done;
  spool_changes changes;
  for (const auto& each : damaged) changes.blocks.emplace(each.id, gone);
  file.apply(changes, events);
}

void run(fuzz::input& in) {
  const unsigned what = in.byte();
  const bool is_spool = (what & 1U) != 0;
  std::string bytes = is_spool ? whole_spool() : whole_sessions();
  std::string sql;
  switch (what / 2 % 4) {
    case 0:
      change_bytes(bytes, in);
      break;
    case 1:
      bytes = in.rest();
      break;
    default:
      sql = changed_rows(in, is_spool ? spool_columns : session_columns);
  }
  const auto path = place(is_spool ? "spool.db" : "sessions.db", bytes);
  if (!sql.empty()) execute(path, sql);
  try {
    if (is_spool) {
      read_spool();
    } else {
      read_sessions(path);
    }
  } catch (const sqlite::error&) {
    // Set aside by whoever opens it, with a new file in its place.
  }
}

}  // namespace
}  // namespace gatehouse::storage

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gatehouse::fuzz::input in{data, size};
  gatehouse::storage::run(in);
  return 0;
}
