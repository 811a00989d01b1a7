#pragma once

#include <boost/intrusive/list.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace gatehouse::events {

/// Memory blocks of a few sizes for what comes and goes by the million, cut from slabs that come
/// from the system.
///
/// The general allocator would do, but for two things: a worker's heap grows by a system call for
/// every few blocks while a backlog builds up, and after an outage the little that is left in use
/// keeps the rest from going back. Here a slab goes back as soon as no block of it is in use, but
/// for a few that are kept. A backlog is in no cache when its turn comes; the further slabs of a
/// size that has many are therefore huge pages, so that it is at least found at once. Not
/// thread-safe.
class block_pool {
 public:
  class slab;
  /// What `release` has to know of a block.
  struct place {
    slab* from = nullptr;
    std::uint32_t number = 0;
  };
  struct block {
    void* memory;
    std::size_t bytes;
    place where;
  };

  static constexpr std::size_t largest_block = 16'384;
  static constexpr std::size_t slab_bytes = 256UL << 10;
  static constexpr std::size_t large_slab_bytes = 2UL << 20;  ///< a huge page on x86-64 and arm64
  /// From so many of one size on, further ones are large: at most half of a size's memory lies
  /// idle.
  static constexpr std::size_t many_slabs = 8;
  static constexpr std::size_t kept_slabs = 4;

  block_pool();
  /// All blocks have been released.
  ~block_pool();
  block_pool(const block_pool&) = delete;
  block_pool& operator=(const block_pool&) = delete;

  /// At least `bytes`, which is at most `largest_block`, aligned like any object. Throws bad_alloc.
  block allocate(std::size_t bytes);
  /// Hot path: does not touch the block, which may be in no cache.
  static void release(place block) noexcept;

  /// How many it has from the system, large and small.
  [[nodiscard]] std::size_t slabs() const noexcept { return slabs_; }
  /// What they take of the address space.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  static constexpr std::size_t smallest_block = 512;
  static constexpr std::size_t sizes = 21;  ///< 512, 640, 768, 896, 1024, 1280, … 16384

  using hook =
      boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  using slab_list = boost::intrusive::list<slab, boost::intrusive::base_hook<hook>,
                                           boost::intrusive::constant_time_size<false>>;

  [[nodiscard]] static std::size_t size_number(std::size_t bytes) noexcept;
  [[nodiscard]] static std::size_t size_of(std::size_t number) noexcept;
  slab& add_slab(std::size_t number);
  slab& map_slab(std::size_t number, std::size_t bytes);
  void put_away(slab& unused) noexcept;
  void give_back(slab& unused) noexcept;

  std::array<slab_list, sizes> with_room_;     ///< likewise; the full ones are in none
  std::array<std::size_t, sizes> slabs_of_{};  ///< by size of their blocks
  slab_list kept_;                             ///< without a block in use, for any size
  std::size_t kept_count_ = 0;
  std::size_t slabs_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace gatehouse::events
