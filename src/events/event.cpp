#include <gatehouse/events/event.hpp>

#include <cstring>
#include <new>

namespace gatehouse::events {

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
  const std::size_t body_bytes = prefix.size() + payload.size() + 1;
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
  std::memcpy(out, prefix.data(), prefix.size());
  std::memcpy(out + prefix.size(), payload.data(), payload.size());
  out[body_bytes - 1] = '}';
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
