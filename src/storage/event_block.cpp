#include <gatehouse/storage/event_block.hpp>

#include <cstring>
#include <utility>

namespace gatehouse::storage {
namespace {
struct head {
  std::int64_t position, seq, received;
  std::uint64_t guild;
  std::uint32_t attempts, session, type, payload;
  std::uint8_t rank, barrier;
};
}  // namespace

event_block::event_block(std::string data, std::vector<event_mark> marks)
    : data_(std::move(data)), marks_(std::move(marks)) {}

void event_block::add(const stored_event& e) {
  head h{e.position, e.seq, e.received_unix_ms, e.guild_id, e.attempts, std::uint32_t(e.session_id.size()), std::uint32_t(e.type.size()), std::uint32_t(e.payload.size()), std::uint8_t(e.rank), e.is_barrier};
  data_.append(reinterpret_cast<const char*>(&h), sizeof h);
  data_ += e.session_id; data_ += e.type; data_ += e.payload;
  marks_.push_back(e.mark);
}

bool event_block::read(std::size_t& offset, stored_event& into) const noexcept {
  head h;
  if (data_.size() - offset < sizeof h) return false;
  std::memcpy(&h, data_.data() + offset, sizeof h);
  offset += sizeof h;
  if (data_.size() - offset < std::size_t(h.session) + h.type + h.payload) return false;
  std::string_view d{data_};
  into = {h.position, h.guild, h.seq, h.received, h.attempts, event_rank(h.rank), h.barrier != 0, 0, d.substr(offset, h.session), d.substr(offset + h.session, h.type), d.substr(offset + h.session + h.type, h.payload)};
  offset += std::size_t(h.session) + h.type + h.payload;
  return true;
}
}  // namespace gatehouse::storage
