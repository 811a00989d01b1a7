#include "guild_payload.hpp"

#include <gatehouse/gateway/text_cursor.hpp>

#include <optional>
#include <string_view>

namespace gatehouse::events {
namespace {

bool read_guild_id(ondemand::object guild, std::uint64_t& id) {
  return read_object(guild, [&](ondemand::raw_json_string key, ondemand::value value) {
    if (key != "id") return reading::go_on;
    return read_id(value, id) ? reading::stop : reading::malformed;
  });
}

reading read_guilds(ondemand::value value, std::vector<std::uint64_t>& ids) {
  ondemand::array guilds;
  if (value.get_array().get(guilds)) return reading::malformed;
  for (auto element : guilds) {
    ondemand::object guild;
    std::uint64_t id = 0;
    if (element.get_object().get(guild) || !read_guild_id(guild, id)) return reading::malformed;
    if (id != 0) ids.push_back(id);
  }
  return reading::stop;
}

/// Without an index. Nothing: it is not understood.
std::optional<bool> find_unavailable(std::string_view data) {
  gateway::text_cursor cursor{data};
  if (!gateway::text_cursor::works() || !cursor.take('{')) return std::nullopt;
  std::string_view raw;
  switch (cursor.find_member("unavailable", raw)) {
    case gateway::text_cursor::search::found:
      if (raw == "true" || raw == "false") return raw == "true";
      break;
    case gateway::text_cursor::search::absent:
      return false;
    case gateway::text_cursor::search::not_understood:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::uint64_t> read_ready_guilds(gateway::padded_parser& payload) {
  std::vector<std::uint64_t> ids;
  static_cast<void>(read_data(payload, [&](ondemand::raw_json_string key, ondemand::value value) {
    return key == "guilds" ? read_guilds(value, ids) : reading::go_on;
  }));
  return ids;
}

bool read_unavailable(const dispatch& received) {
  if (received.data.size() >= gateway::large_payload) {
    if (const auto found = find_unavailable(received.data)) return *found;
  }
  bool is_unavailable = false;
  static_cast<void>(
      read_data(received.indexed, [&](ondemand::raw_json_string key, ondemand::value value) {
        if (key != "unavailable") return reading::go_on;
        if (value.get_bool().get(is_unavailable)) is_unavailable = false;
        return reading::stop;
      }));
  return is_unavailable;
}

}  // namespace gatehouse::events
