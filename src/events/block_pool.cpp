#include <gatehouse/events/block_pool.hpp>

#include <bit>
#include <cassert>
#include <cstdint>
#include <new>
#include <sys/mman.h>

namespace gatehouse::events {

/// The head of its own memory; which blocks are free, and the blocks, follow. Blocks that are free
/// or were never handed out are not touched: the system need not provide them, and those that are
/// in no cache cost nothing before they are written to.
class block_pool::slab : public hook {
 public:
  slab(block_pool& owner, std::size_t number, std::size_t bytes) noexcept
      : owner_(owner),
        number_(number),
        bytes_(bytes),
        block_bytes_(size_of(number)),
        blocks_(static_cast<std::uint32_t>((bytes - sizeof(slab) - cache_line) /
                                           (block_bytes_ + sizeof(free_type)))),
        first_((sizeof(slab) + blocks_ * sizeof(free_type) + cache_line - 1) / cache_line *
               cache_line) {}

  [[nodiscard]] block_pool& owner() const noexcept { return owner_; }
  [[nodiscard]] std::size_t number() const noexcept { return number_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t block_bytes() const noexcept { return block_bytes_; }
  [[nodiscard]] bool is_unused() const noexcept { return free_ == begun_; }
  [[nodiscard]] bool is_full() const noexcept { return free_ == 0 && begun_ == blocks_; }

  block take() noexcept {
    const std::uint32_t number = free_ > 0 ? free_numbers()[--free_] : begun_++;
    return {begin() + first_ + number * block_bytes_, block_bytes_, {this, number}};
  }

  void put(std::uint32_t number) noexcept {
    free_numbers()[free_++] = static_cast<free_type>(number);
  }

 private:
  using free_type = std::uint16_t;
  static constexpr std::size_t cache_line = 64;
  static_assert(large_slab_bytes / smallest_block < 1UL << 16U);

  std::byte* begin() noexcept { return reinterpret_cast<std::byte*>(this); }
  /// Most recently freed last: that one may still be in the cache.
  free_type* free_numbers() noexcept { return reinterpret_cast<free_type*>(this + 1); }

  block_pool& owner_;
  std::size_t number_;  ///< of the size of its blocks
  std::size_t bytes_;
  std::size_t block_bytes_;
  std::uint32_t blocks_;
  std::uint32_t begun_ = 0;  ///< blocks that were handed out at least once
  std::uint32_t free_ = 0;   ///< of them, those that are free again
  std::size_t first_;        ///< where the blocks begin
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
  const block taken = from.take();
  if (from.is_full()) from.unlink();
  return taken;
}

/// Hot path: once per event.
void block_pool::release(place block) noexcept {
  slab& from = *block.from;
  block_pool& pool = from.owner();
  if (from.is_full()) pool.with_room_[from.number()].push_front(from);
  from.put(block.number);
  if (from.is_unused()) pool.put_away(from);
}

block_pool::slab& block_pool::add_slab(std::size_t number) {
  slab* made = nullptr;
  if (slabs_of_[number] >= many_slabs) {
    made = &map_slab(number, large_slab_bytes);
  } else if (kept_.empty()) {
    made = &map_slab(number, slab_bytes);
  } else {
    slab& kept = kept_.front();
    kept.unlink();
    kept.~slab();
    --kept_count_;
    made = new (&kept) slab{*this, number, slab_bytes};
  }
  ++slabs_of_[number];
  with_room_[number].push_front(*made);
  return *made;
}

/// A large one lies as a huge page would, and is one where the system has that.
block_pool::slab& block_pool::map_slab(std::size_t number, std::size_t bytes) {
  const bool is_large = bytes == large_slab_bytes;
  const std::size_t mapped = is_large ? 2 * bytes : bytes;
  void* memory =
      ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc{};
  if (is_large) {
    auto* const begin = static_cast<std::byte*>(memory);
    const std::size_t before = -reinterpret_cast<std::uintptr_t>(memory) % bytes;
    if (before > 0) ::munmap(begin, before);
    ::munmap(begin + before + bytes, mapped - before - bytes);
    memory = begin + before;
    ::madvise(memory, bytes, MADV_HUGEPAGE);
  }
  ++slabs_;
  bytes_ += bytes;
  return *new (memory) slab{*this, number, bytes};
}

void block_pool::put_away(slab& unused) noexcept {
  unused.unlink();
  --slabs_of_[unused.number()];
  if (kept_count_ == kept_slabs || unused.bytes() != slab_bytes) return give_back(unused);
  kept_.push_front(unused);
  ++kept_count_;
}

void block_pool::give_back(slab& unused) noexcept {
  const std::size_t bytes = unused.bytes();
  unused.~slab();
  ::munmap(&unused, bytes);
  --slabs_;
  bytes_ -= bytes;
}

}  // namespace gatehouse::events
