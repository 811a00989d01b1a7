#include "block_writer.hpp"

#include "spool_changes.hpp"

#include <zlib.h>

namespace gatehouse::storage {
namespace {

std::string_view as_text(const std::vector<event_mark>& marks) noexcept {
  return {reinterpret_cast<const char*>(marks.data()), marks.size()};
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
                  sqlite::blob{as_text(block.events.marks())});
  insert_payload_.execute(block.id, sqlite::blob{block.events.data()});
  return left;
}

}  // namespace gatehouse::storage
