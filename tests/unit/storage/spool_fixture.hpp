#pragma once

#include "log_capture.hpp"
#include "temporary_folder.hpp"

#include <gatehouse/storage/spool.hpp>

#include <gmock/gmock.h>

#include <cstdint>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::storage {

inline constexpr std::uint64_t mebibyte = 1U << 20U;
inline const std::string one_url = "http://127.0.0.1:8081/";

/// An event whose facts are all different from those of a new one.
inline stored_event event_at(std::int64_t position, std::string_view payload = "payload") {
  stored_event made;
  made.position = position;
  made.guild_id = 0x8000'0000'0000'0000U + static_cast<std::uint64_t>(position);
  made.seq = position + 1'000;
  made.received_unix_ms = 1'700'000'000'000 + position;
  made.attempts = 3;
  made.is_barrier = position % 2 == 1;
  made.session_id = "session";
  made.type = "MESSAGE_CREATE";
  made.payload = payload;
  return made;
}

inline event_block block_of(const std::vector<stored_event>& events) {
  event_block block;
  for (const auto& event : events) block.add(event);
  return block;
}

/// The positions of events that are not done.
inline std::vector<std::int64_t> open_positions(const load_result& loaded) {
  std::vector<std::int64_t> all;
  for (const auto& block : loaded.blocks) {
    EXPECT_TRUE(block.events.for_each([&](const stored_event& event) {
      if (event.mark != mark_done) all.push_back(event.position);
    }));
  }
  return all;
}

/// A folder and the spool in it, whose answers are waited for.
class spool_test : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "spool.db"; }

  void open(std::uint64_t limit_bytes = 64 * mebibyte) {
    spool_.emplace(
        spool_options{folder_.path(), limit_bytes, [](int, std::string_view) { return one_url; }},
        log_.log());
  }
  void close() { spool_.reset(); }
  spool& stored() { return *spool_; }

  new_block make_block(int shard_id, const std::vector<stored_event>& events) {
    return {spool_->next_id(), {shard_id, one_url}, block_of(events)};
  }
  new_block make_large(int shard_id, std::int64_t position, std::size_t bytes) {
    return make_block(shard_id, {event_at(position, std::string(bytes, 'x'))});
  }

  store_result store(std::vector<new_block> blocks) {
    std::promise<store_result> answer;
    spool_->store(std::move(blocks),
                  [&](store_result result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  }
  /// Returns its id.
  std::uint64_t store(int shard_id, const std::vector<stored_event>& events) {
    std::vector<new_block> blocks;
    blocks.push_back(make_block(shard_id, events));
    const auto id = blocks[0].id;
    EXPECT_EQ(store(std::move(blocks)).outcome, store_outcome::stored);
    return id;
  }
  store_result store_large(int shard_id, std::int64_t position, std::size_t bytes) {
    std::vector<new_block> blocks;
    blocks.push_back(make_large(shard_id, position, bytes));
    return store(std::move(blocks));
  }

  load_result load(load_request wanted) {
    std::promise<load_result> answer;
    spool_->load(std::move(wanted),
                 [&](load_result result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  }
  load_result load_all(int shard_id, const std::string& url = one_url) {
    return load({{shard_id, url}, 0, std::size_t{1} << 30U});
  }
  std::vector<std::int64_t> stored_positions(int shard_id) {
    return open_positions(load_all(shard_id));
  }

  std::vector<shed_count> shed(shed_request wanted) {
    std::promise<std::vector<shed_count>> answer;
    spool_->shed(std::move(wanted),
                 [&](std::vector<shed_count> counts) { answer.set_value(std::move(counts)); });
    return answer.get_future().get();
  }

  /// Until everything that was asked for before is carried out.
  void settle() { load({{0, {}}, 0, 1}); }

  [[nodiscard]] std::vector<std::filesystem::path> files_like(const std::string& part) const {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator{folder_.path()}) {
      if (entry.path().filename().string().find(part) != std::string::npos) {
        found.push_back(entry.path());
      }
    }
    return found;
  }

  test::temporary_folder folder_;
  test::log_capture log_;
  std::optional<spool> spool_;
};

}  // namespace gatehouse::storage
