#pragma once

#include <gatehouse/sim/simulator.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::test {

/// Guilds of one shard, in the simulator's order.
inline std::vector<std::uint64_t> guilds_of_shard(const sim::simulator& discord,
                                                  std::uint32_t shard, std::uint32_t shards) {
  std::vector<std::uint64_t> found;
  for (const auto guild : discord.guild_ids()) {
    if ((guild >> 22U) % shards == shard) found.push_back(guild);
  }
  return found;
}

/// Events of a chosen size with the running number of their guild, as the handler checks it. A
/// guild's events are all from here or all from the simulator, which counts for itself.
class numbered_events {
 public:
  explicit numbered_events(sim::simulator& discord) : discord_(discord) {}

  void send(std::uint64_t guild, std::string_view type, std::size_t bytes) {
    const auto id = std::to_string(guild);
    discord_.emit_to_guild(guild, type,
                           "{\"guild_id\":\"" + id + "\",\"content\":\"" + std::string(bytes, 'x') +
                               "\",\"sim\":\"" + id + ':' + std::to_string(++numbers_[guild]) +
                               "\"}");
  }
  /// `count` MESSAGE_CREATE in turns over the guilds.
  void send_round(const std::vector<std::uint64_t>& guilds, std::size_t count, std::size_t bytes) {
    for (std::size_t i = 0; i < count; ++i)
      send(guilds[i % guilds.size()], "MESSAGE_CREATE", bytes);
  }

 private:
  sim::simulator& discord_;
  std::map<std::uint64_t, std::uint64_t> numbers_;
};

}  // namespace gatehouse::test
