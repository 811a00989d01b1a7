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

/// An event whose facts are all different from those of a new one.
inline event_facts make_event(int shard_id, std::int64_t position,
                              event_rank rank = event_rank::ordinary) {
  return {.key = {shard_id, position},
          .route = 0,
          .guild_id = 0x8000'0000'0000'0000U + static_cast<std::uint64_t>(position),
          .seq = position + 1'000,
          .session_id = "session-" + std::to_string(shard_id),
          .type = "MESSAGE_CREATE",
          .rank = rank,
          .is_barrier = position % 2 == 1,
          .received_unix_ms = 1'700'000'000'000 + position,
          .attempts = 3,
          .deferred = 5};
}

inline std::string payload_of(event_key key) {
  return R"({"op":0,"s":)" + std::to_string(key.position) + R"(,"d":")" +
         std::to_string(key.shard_id) + R"("})";
}

inline event_batch make_batch(const std::vector<event_facts>& events) {
  event_batch batch;
  for (const auto& event : events) batch.add(event, payload_of(event.key));
  return batch;
}

inline std::vector<event_facts> facts_of(const event_batch& batch) {
  std::vector<event_facts> all;
  for (std::size_t i = 0; i < batch.size(); ++i) all.push_back(batch.facts(i));
  return all;
}

inline std::vector<event_key> keys_of(const std::vector<event_facts>& events) {
  std::vector<event_key> all;
  for (const auto& event : events) all.push_back(event.key);
  return all;
}

/// A folder and the spool in it, whose answers are waited for.
class spool_test : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "spool.db"; }

  void open(std::uint64_t limit_bytes = 64 * mebibyte) {
    spool_.emplace(spool_options{folder_.path(), limit_bytes}, log_.log());
  }
  void close() { spool_.reset(); }
  spool& stored() { return *spool_; }

  store_result store(event_batch batch) {
    std::promise<store_result> answer;
    spool_->store(std::move(batch),
                  [&](store_result result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  }
  store_outcome store(const std::vector<event_facts>& events) {
    return store(make_batch(events)).outcome;
  }

  load_result load(load_request wanted) {
    std::promise<load_result> answer;
    spool_->load(wanted, [&](load_result result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  }
  load_result load_all(int shard_id, int route = 0) {
    return load({shard_id, route, 0, 1'000'000, std::size_t{1} << 30U});
  }
  std::vector<event_key> stored_keys(int shard_id) {
    return keys_of(facts_of(load_all(shard_id).batch));
  }

  std::vector<event_key> purge(purge_request wanted) {
    std::promise<std::vector<event_facts>> answer;
    spool_->purge(std::move(wanted),
                  [&](std::vector<event_facts> dropped) { answer.set_value(std::move(dropped)); });
    return keys_of(answer.get_future().get());
  }

  /// Until everything that was asked for before is carried out.
  void settle() { load({0, 0, 0, 1, 1}); }

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
