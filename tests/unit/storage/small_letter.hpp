#pragma once

#include <gatehouse/storage/dead_letters.hpp>

#include <filesystem>
#include <vector>

namespace gatehouse::storage::testing {

/// A letter told from others by its shard.
inline dead_letter small_letter(int shard_id) {
  return {.unix_ms = 1,
          .url = "http://handler/",
          .status = 400,
          .reason = "no",
          .event_id = "s:1",
          .shard_id = shard_id,
          .type = "T",
          .attempts = 1,
          .deferred = 0,
          .payload = R"({"d":"{}"})"};
}

/// The shards of all letters of a folder, oldest first.
inline std::vector<int> listed_shards(const std::filesystem::path& folder) {
  std::vector<int> all;
  for (const auto& found : read_dead_letters(folder).letters) all.push_back(found.shard_id);
  return all;
}

}  // namespace gatehouse::storage::testing
