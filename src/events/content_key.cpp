#include "guild_payload.hpp"
#include "payload_reader.hpp"

#include <gatehouse/events/content_key.hpp>

#include <array>
#include <functional>
#include <string_view>

namespace gatehouse::events {
namespace {

/// Events that exist once for the id in `d.id`.
constexpr std::array named_by_id{std::string_view{"MESSAGE_CREATE"},
                                 std::string_view{"INTERACTION_CREATE"},
                                 std::string_view{"THREAD_CREATE"}};

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) noexcept {
  constexpr std::uint64_t odd = 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = (seed ^ value) * odd;
  mixed ^= mixed >> 32U;
  return mixed * odd;
}

std::uint64_t hash(std::string_view text) noexcept {
  return std::hash<std::string_view>{}(text);
}

/// 0 when it has none, or is malformed: then its text counts.
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
  return mix(seed, hash(received.data));
}

}  // namespace gatehouse::events
