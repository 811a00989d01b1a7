#include "guild_payload.hpp"
#include "json_meaning.hpp"
#include "payload_reader.hpp"

#include <gatehouse/events/content_key.hpp>

#include <array>
#include <string_view>

namespace gatehouse::events {
namespace {

/// Events that exist once for the id in `d.id`.
constexpr std::array named_by_id{std::string_view{"MESSAGE_CREATE"},
                                 std::string_view{"INTERACTION_CREATE"},
                                 std::string_view{"THREAD_CREATE"}};

/// 0 when it has none, or is malformed: then all of it counts.
std::uint64_t id_of(gateway::padded_parser& payload) {
  std::uint64_t id = 0;
  const bool is_read =
      read_data(payload, [&](ondemand::raw_json_string key, ondemand::value value) {
        if (key != "id") return reading::go_on;
        return read_id(value, id) ? reading::stop : reading::malformed;
      });
  return is_read ? id : 0;
}

}  // namespace

content_key content_key_of(const dispatch& received) {
  const std::uint64_t seed = mix(hash(received.type), received.guild_id);
  const bool comes_or_goes = received.type == "GUILD_CREATE" || received.type == "GUILD_DELETE";
  if (comes_or_goes && received.guild_id != 0) {
    return mix(seed, read_unavailable(received) ? 1 : 2);
  }
  for (const auto name : named_by_id) {
    if (received.type != name) continue;
    if (const std::uint64_t id = id_of(received.indexed); id != 0) return mix(seed, id);
  }
  std::uint64_t meaning = 0;
  ondemand::value data;
  const bool is_read = !received.indexed.document()["d"].get(data) && hash_value(data, meaning);
  return mix(seed, is_read ? meaning : hash(received.data));
}

}  // namespace gatehouse::events
