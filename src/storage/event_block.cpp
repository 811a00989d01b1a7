#include <gatehouse/storage/event_block.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace gatehouse::storage {
namespace {

/// Stands before the texts of each event, as this machine has it in memory.
struct event_header {
  std::int64_t position;
  std::uint64_t guild_id;
  std::int64_t seq;
  std::int64_t received_unix_ms;
  std::uint32_t attempts;
  std::uint32_t session_bytes;
  std::uint32_t type_bytes;
  std::uint32_t payload_bytes;
  std::uint8_t rank;
  std::uint8_t is_barrier;
  std::array<std::uint8_t, 2> unused;
  std::uint32_t total_shards;  ///< 0 in what was written before there was a place for it
};
static_assert(sizeof(event_header) == 56, "no padding, or its bytes are by chance");

constexpr auto last_rank = static_cast<std::uint8_t>(event_rank::last_resort);
/// The end of the year 9999: a later time is no time, and reckoning with it would overflow.
constexpr std::int64_t last_unix_ms = 253'402'300'799'999;
constexpr std::uint32_t most_shards = 1U << 20U;
constexpr std::int64_t last_seq = std::int64_t{1} << 62;

}  // namespace

event_block::event_block(std::string data, std::vector<event_mark> marks)
    : data_(std::move(data)), marks_(std::move(marks)) {}

void event_block::add(const stored_event& added) {
  const event_header header{.position = added.position,
                            .guild_id = added.guild_id,
                            .seq = added.seq,
                            .received_unix_ms = added.received_unix_ms,
                            .attempts = added.attempts,
                            .session_bytes = static_cast<std::uint32_t>(added.session_id.size()),
                            .type_bytes = static_cast<std::uint32_t>(added.type.size()),
                            .payload_bytes = static_cast<std::uint32_t>(added.payload.size()),
                            .rank = static_cast<std::uint8_t>(added.rank),
                            .is_barrier = static_cast<std::uint8_t>(added.is_barrier),
                            .unused = {},
                            .total_shards = added.total_shards};
  const std::size_t wanted = data_.size() + sizeof(header) + added.session_id.size() +
                             added.type.size() + added.payload.size();
  // In large steps: a full block has been copied by a third of itself, and room costs no memory
  // before it is used.
  if (wanted > data_.capacity()) data_.reserve(std::max(wanted, 4 * data_.capacity()));
  data_.append(reinterpret_cast<const char*>(&header), sizeof(header));
  data_.append(added.session_id).append(added.type).append(added.payload);
  marks_.push_back(added.mark);
}

bool event_block::read(std::size_t& offset, stored_event& into) const noexcept {
  std::string_view rest = std::string_view{data_}.substr(offset);
  event_header header;
  if (rest.size() < sizeof(header)) return false;
  std::memcpy(&header, rest.data(), sizeof(header));
  rest.remove_prefix(sizeof(header));
  const auto texts = std::uint64_t{header.session_bytes} + header.type_bytes + header.payload_bytes;
  if (rest.size() < texts || header.rank > last_rank || header.position < 0) return false;
  into.position = header.position;
  into.guild_id = header.guild_id;
  into.seq = std::clamp<std::int64_t>(header.seq, 0, last_seq);
  into.received_unix_ms = std::clamp<std::int64_t>(header.received_unix_ms, 0, last_unix_ms);
  into.attempts = header.attempts;
  into.total_shards = std::min(header.total_shards, most_shards);
  into.rank = static_cast<event_rank>(header.rank);
  into.is_barrier = header.is_barrier != 0;
  into.session_id = rest.substr(0, header.session_bytes);
  into.type = rest.substr(header.session_bytes, header.type_bytes);
  into.payload = rest.substr(header.session_bytes + header.type_bytes, header.payload_bytes);
  offset += sizeof(header) + texts;
  return true;
}

}  // namespace gatehouse::storage
