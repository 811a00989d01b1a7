#include "payloads.hpp"

#include "append.hpp"
#include "event_factory.hpp"

#include <gatehouse/gateway/envelope.hpp>

#include <cstdint>

namespace gatehouse::bench {
namespace {

constexpr std::uint64_t all_intents = 0x331FFFF;

}  // namespace

std::vector<std::string> padded_payloads(std::size_t count) {
  sim::event_factory factory{sim::event_factory_options{}};
  std::vector<std::string> payloads;
  for (std::size_t index = 0; index < count; ++index) {
    const auto type = factory.pick_type(all_intents);
    const auto guild_id = factory.pick_guild();
    std::string payload = sim::concat(R"({"t":")", type, R"(","s":)", index + 1, R"(,"op":0,"d":)");
    factory.append_event(payload, type, guild_id, factory.next_number(guild_id));
    payload += '}';
    payload.append(gateway::parse_padding, '\0');
    payloads.push_back(std::move(payload));
  }
  return payloads;
}

std::string_view without_padding(const std::string& padded) noexcept {
  return {padded.data(), padded.size() - gateway::parse_padding};
}

std::size_t bytes_of(const std::vector<std::string>& padded) noexcept {
  std::size_t total = 0;
  for (const auto& payload : padded) total += without_padding(payload).size();
  return total;
}

}  // namespace gatehouse::bench
