#include <gatehouse/events/event.hpp>

#include <algorithm>
#include <new>

namespace gatehouse::events {

std::string body_prefix(int shard_id, std::string_view envelope) {
  return "{\"shardId\":" + std::to_string(shard_id) + ",\"" + std::string{envelope} + "\":";
}

event_pool::~event_pool() {
  for (auto& blocks : free_) {
    for (void* block : blocks) ::operator delete(block);
  }
}

std::size_t event_pool::size_class(std::size_t bytes) noexcept {
  std::size_t number = 0;
  for (std::size_t size = smallest_block; size < bytes && number < classes; size *= 2) ++number;
  return number;  // `classes`: too large to be kept
}

event_ptr event_pool::make(std::string_view prefix, std::string_view payload) {
  return make(prefix, std::span{&payload, 1});
}

event_ptr event_pool::make(std::string_view prefix, std::span<const std::string_view> pieces) {
  std::size_t body_bytes = prefix.size() + 1;
  for (const auto piece : pieces) body_bytes += piece.size();
  const std::size_t number = size_class(sizeof(event) + body_bytes);
  const std::size_t block_bytes =
      number < classes ? smallest_block << number : sizeof(event) + body_bytes;

  void* block = nullptr;
  if (number < classes && !free_[number].empty()) {
    block = free_[number].back();
    free_[number].pop_back();
  } else {
    block = ::operator new(block_bytes);
  }

  event_ptr made{new (block) event};
  made->pool_ = this;
  made->block_bytes_ = block_bytes;
  made->prefix_bytes_ = prefix.size();
  made->body_bytes_ = body_bytes;
  char* out = made->bytes();
  out = std::copy(prefix.begin(), prefix.end(), out);
  for (const auto piece : pieces) out = std::copy(piece.begin(), piece.end(), out);
  *out = '}';
  return made;
}

void event_pool::release(event* dead) noexcept {
  const std::size_t block_bytes = dead->block_bytes_;
  dead->~event();
  const std::size_t number = size_class(block_bytes);
  if (number < classes && (free_[number].size() + 1) * block_bytes <= kept_bytes) {
    try {
      free_[number].push_back(dead);
      return;
    } catch (const std::bad_alloc&) {
      // The list could not grow: the block goes back to the system below.
    }
  }
  ::operator delete(dead);
}

void event_deleter::operator()(event* dead) const noexcept {
  dead->pool_->release(dead);
}

}  // namespace gatehouse::events
