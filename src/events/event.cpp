#include <gatehouse/events/event.hpp>

#include <algorithm>
#include <new>

namespace gatehouse::events {

std::string body_prefix(int shard_id, std::string_view envelope) {
  return "{\"shardId\":" + std::to_string(shard_id) + ",\"" + std::string{envelope} + "\":";
}

event_ptr event_pool::make(std::string_view prefix, std::string_view payload) {
  return make(prefix, std::span{&payload, 1});
}

event_ptr event_pool::make(std::string_view prefix, std::span<const std::string_view> pieces) {
  std::size_t body_bytes = prefix.size() + 1;
  for (const auto piece : pieces) body_bytes += piece.size();
  const std::size_t bytes = sizeof(event) + body_bytes;
  const auto block = bytes <= block_pool::largest_block
                         ? blocks_.allocate(bytes)
                         : block_pool::block{::operator new(bytes), bytes, {}};

  event_ptr made{new (block.memory) event};
  made->block_ = block.where;
  made->block_bytes_ = block.bytes;
  made->prefix_bytes_ = prefix.size();
  made->body_bytes_ = body_bytes;
  char* out = made->bytes();
  out = std::copy(prefix.begin(), prefix.end(), out);
  for (const auto piece : pieces) out = std::copy(piece.begin(), piece.end(), out);
  *out = '}';
  return made;
}

void event_deleter::operator()(event* dead) const noexcept {
  const block_pool::place block = dead->block_;
  dead->~event();
  if (block.from != nullptr) {
    block_pool::release(block);
  } else {
    ::operator delete(dead);
  }
}

const std::string* event_pool::keep_url(std::string_view url) {
  const auto known = urls_.find(url);
  return known != urls_.end() ? &*known : &*urls_.emplace(url).first;
}

}  // namespace gatehouse::events
