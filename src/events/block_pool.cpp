#include <gatehouse/events/block_pool.hpp>

#include <bit>
#include <cassert>
#include <new>
#include <sys/mman.h>

namespace gatehouse::events {

/// The head of its own memory; blocks follow. Memory that was never handed out is not touched, so
/// that the system need not provide it.
class block_pool::slab : public hook {
 public:
  slab(block_pool& owner, std::size_t number) noexcept
      : owner_(owner), number_(number), block_bytes_(size_of(number)) {}

  [[nodiscard]] block_pool& owner() const noexcept { return owner_; }
  [[nodiscard]] std::size_t number() const noexcept { return number_; }
  [[nodiscard]] std::size_t block_bytes() const noexcept { return block_bytes_; }
  [[nodiscard]] bool is_unused() const noexcept { return used_ == 0; }
  [[nodiscard]] bool is_full() const noexcept {
    return free_ == nullptr && begun_ + block_bytes_ > slab_bytes;
  }

  void* take() noexcept {
    ++used_;
    if (free_ != nullptr) {
      free_block* const taken = free_;
      free_ = taken->next;
      return taken;
    }
    void* const fresh = reinterpret_cast<std::byte*>(this) + begun_;
    begun_ += block_bytes_;
    return fresh;
  }

  void put(void* memory) noexcept {
    --used_;
    free_ = new (memory) free_block{free_};
  }

 private:
  struct free_block {
    free_block* next;
  };
  static constexpr std::size_t head_bytes = 128;  // two cache lines

  block_pool& owner_;
  std::size_t number_;
  std::size_t block_bytes_;
  std::size_t used_ = 0;
  std::size_t begun_ = head_bytes;  ///< what lies behind was never handed out
  free_block* free_ = nullptr;      ///< most recently freed first: it may still be in the cache
};

block_pool::block_pool() = default;

block_pool::~block_pool() {
  assert(kept_count_ == slabs_);
  while (!kept_.empty()) {
    slab& last = kept_.front();
    last.unlink();
    give_back(last);
  }
}

/// The smallest size that suffices: four of them to each doubling.
std::size_t block_pool::size_number(std::size_t bytes) noexcept {
  if (bytes <= smallest_block) return 0;
  const auto doublings = static_cast<std::size_t>(std::bit_width((bytes - 1) / smallest_block)) - 1;
  const std::size_t step = (smallest_block / 4) << doublings;
  return doublings * 4 + (bytes - (smallest_block << doublings) + step - 1) / step;
}

std::size_t block_pool::size_of(std::size_t number) noexcept {
  return (smallest_block / 4 * (4 + number % 4)) << (number / 4);
}

/// Hot path: once per event.
block_pool::block block_pool::allocate(std::size_t bytes) {
  const std::size_t number = size_number(bytes);
  auto& with_room = with_room_[number];
  slab& from = with_room.empty() ? add_slab(number) : with_room.front();
  void* const memory = from.take();
  if (from.is_full()) from.unlink();
  return {memory, from.block_bytes(), &from};
}

/// Hot path: once per event.
void block_pool::release(void* memory, slab& from) noexcept {
  block_pool& pool = from.owner();
  if (from.is_full()) pool.with_room_[from.number()].push_front(from);
  from.put(memory);
  if (from.is_unused()) pool.put_away(from);
}

block_pool::slab& block_pool::add_slab(std::size_t number) {
  void* memory = nullptr;
  if (kept_.empty()) {
    memory =
        ::mmap(nullptr, slab_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc{};
    ++slabs_;
  } else {
    slab& kept = kept_.front();
    kept.unlink();
    kept.~slab();
    --kept_count_;
    memory = &kept;
  }
  slab& made = *new (memory) slab{*this, number};
  with_room_[number].push_front(made);
  return made;
}

void block_pool::put_away(slab& unused) noexcept {
  unused.unlink();
  if (kept_count_ == kept_slabs) return give_back(unused);
  kept_.push_front(unused);
  ++kept_count_;
}

void block_pool::give_back(slab& unused) noexcept {
  unused.~slab();
  ::munmap(&unused, slab_bytes);
  --slabs_;
}

}  // namespace gatehouse::events
