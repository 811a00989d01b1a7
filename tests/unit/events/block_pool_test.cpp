#include <gatehouse/events/block_pool.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>
#include <vector>

namespace gatehouse::events {
namespace {

using block = block_pool::block;

void release_all(std::vector<block>& blocks) {
  for (const auto& each : blocks) block_pool::release(each.where);
  blocks.clear();
}

/// As many blocks of one size as a number of slabs has.
std::vector<block> fill(block_pool& pool, std::size_t slabs) {
  std::vector<block> blocks;
  while (pool.slabs() <= slabs) blocks.push_back(pool.allocate(block_pool::largest_block));
  block_pool::release(blocks.back().where);
  blocks.pop_back();
  return blocks;
}

TEST(block_pool, a_block_has_what_was_asked_for_and_at_most_a_quarter_more) {
  block_pool pool;
  std::vector<block> blocks;
  for (std::size_t bytes = 1; bytes <= block_pool::largest_block; ++bytes) {
    const auto made = pool.allocate(bytes);
    ASSERT_GE(made.bytes, bytes);
    ASSERT_LE(made.bytes, std::max<std::size_t>(512, bytes + bytes / 4));
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(made.memory) % alignof(std::max_align_t), 0U);
    block_pool::release(made.where);
  }
}

/// Blocks of these sizes, one after another, do not overlap.
void expect_apart(std::size_t count, std::size_t (*bytes_of)(std::size_t)) {
  block_pool pool;
  std::vector<block> blocks;
  for (std::size_t i = 0; i < count; ++i) {
    blocks.push_back(pool.allocate(bytes_of(i)));
    std::memset(blocks.back().memory, static_cast<int>(i % 251), blocks.back().bytes);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto* bytes = static_cast<const unsigned char*>(blocks[i].memory);
    ASSERT_EQ(bytes[0], i % 251);
    ASSERT_EQ(bytes[blocks[i].bytes - 1], i % 251);
  }
  release_all(blocks);
}

TEST(block_pool, blocks_do_not_overlap) {
  expect_apart(2'000, [](std::size_t i) { return i * 8 % block_pool::largest_block; });
}

TEST(block_pool, blocks_of_large_slabs_do_not_overlap) {
  expect_apart(20'000, [](std::size_t) { return std::size_t{600}; });
}

TEST(block_pool, a_freed_block_comes_first) {
  block_pool pool;
  const auto kept = pool.allocate(600);
  const auto freed = pool.allocate(600);
  block_pool::release(freed.where);
  const auto again = pool.allocate(600);
  EXPECT_EQ(again.memory, freed.memory);
  block_pool::release(again.where);
  block_pool::release(kept.where);
}

TEST(block_pool, a_steady_stream_needs_one_slab) {
  block_pool pool;
  for (int i = 0; i < 10'000; ++i) {
    const auto made = pool.allocate(1'000);
    block_pool::release(made.where);
  }
  EXPECT_EQ(pool.slabs(), 1U);
}

TEST(block_pool, slabs_go_back_once_unused_but_for_some) {
  block_pool pool;
  auto blocks = fill(pool, 40);
  EXPECT_GE(pool.slabs(), 40U);
  release_all(blocks);
  EXPECT_EQ(pool.slabs(), block_pool::kept_slabs);
}

TEST(block_pool, what_is_left_in_use_keeps_its_own_slab_only) {
  block_pool pool;
  auto blocks = fill(pool, 40);
  const auto left = blocks[blocks.size() / 2];
  blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(blocks.size() / 2));
  release_all(blocks);
  EXPECT_EQ(pool.slabs(), block_pool::kept_slabs + 1);
  block_pool::release(left.where);
}

TEST(block_pool, a_size_that_has_many_slabs_gets_large_ones_and_gives_all_back) {
  block_pool pool;
  auto blocks = fill(pool, block_pool::many_slabs + 1);
  EXPECT_EQ(pool.bytes(),
            block_pool::many_slabs * block_pool::slab_bytes + block_pool::large_slab_bytes);
  // Another size begins with small ones.
  const auto bytes = pool.bytes();
  const auto other = pool.allocate(1);
  EXPECT_EQ(pool.bytes(), bytes + block_pool::slab_bytes);
  block_pool::release(other.where);
  release_all(blocks);
  EXPECT_EQ(pool.bytes(), block_pool::kept_slabs * block_pool::slab_bytes);
}

TEST(block_pool, a_kept_slab_serves_any_size) {
  block_pool pool;
  for (const std::size_t bytes : {1UL, 700UL, 1'500UL, 16'000UL}) {
    const auto made = pool.allocate(bytes);
    EXPECT_EQ(pool.slabs(), 1U);
    block_pool::release(made.where);
  }
}

TEST(block_pool, a_full_slab_is_used_again_where_it_has_got_room) {
  block_pool pool;
  auto blocks = fill(pool, 1);
  const auto slabs = pool.slabs();
  const auto freed = blocks.front();
  block_pool::release(freed.where);
  std::set<void*> given;
  while (pool.slabs() == slabs && !given.contains(freed.memory)) {
    blocks.push_back(pool.allocate(block_pool::largest_block));
    given.insert(blocks.back().memory);
  }
  EXPECT_TRUE(given.contains(freed.memory));
  blocks.erase(blocks.begin());
  release_all(blocks);
}

}  // namespace
}  // namespace gatehouse::events
