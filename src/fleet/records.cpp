#include <gatehouse/fleet/records.hpp>

#include <algorithm>
#include <charconv>

namespace gatehouse::fleet {

std::string_view to_string(member_state state) noexcept {
  switch (state) {
    case member_state::joining:
      return "joining";
    case member_state::ready:
      return "ready";
    case member_state::draining:
      break;
  }
  return "draining";
}

bool plan_record::gives(int shard_id, const std::string& member) const {
  return shard_id >= 0 && shard_id < total_shards() &&
         owners[static_cast<std::size_t>(shard_id)] == member;
}

bool plan_record::is_dead(const identity& who) const {
  const auto until = dead.find(who.member);
  return until != dead.end() && who.incarnation <= until->second;
}

bool plan_record::is_evicted(const identity& who) const {
  const auto until = evicted.find(who.member);
  return until != evicted.end() && who.incarnation <= until->second;
}

std::string member_key(std::string_view member) {
  return "member." + std::string{member};
}

std::string own_key(int total_shards, int shard_id) {
  return "own." + std::to_string(total_shards) + '.' + std::to_string(shard_id);
}

std::optional<int> shard_of_own_key(int total_shards, std::string_view key) {
  const auto prefix = "own." + std::to_string(total_shards) + '.';
  if (!key.starts_with(prefix)) return std::nullopt;
  int shard_id = 0;
  const char* end = key.data() + key.size();
  const auto read = std::from_chars(key.data() + prefix.size(), end, shard_id);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return shard_id;
}

std::string position_key(std::string_view member, int shard_id) {
  return "pos." + std::string{member} + '.' + std::to_string(shard_id / shards_per_part);
}

bool is_member_name(std::string_view text) noexcept {
  constexpr std::size_t longest = 64;
  return !text.empty() && text.size() <= longest &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-';
         });
}

}  // namespace gatehouse::fleet
