#pragma once

#include <gatehouse/events/event.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::events {

inline constexpr std::string_view prefix = R"({"shardId":3,"message":)";

/// Where a tested pipeline puts its events.
class collecting_sink final : public event_sink {
 public:
  void accept(event_ptr accepted) override { events.push_back(std::move(accepted)); }
  [[nodiscard]] bool congested(int /*shard_id*/) noexcept override { return is_congested; }
  [[nodiscard]] bool has_url(std::string_view url) const override { return url == "http://known"; }

  std::vector<event_ptr> events;
  bool is_congested = false;
};

inline std::string payload_of(std::string_view type, std::int64_t seq, std::string_view d) {
  std::string text = R"({"t":")";
  text.append(type).append(R"(","s":)").append(std::to_string(seq));
  return text.append(R"(,"op":0,"d":)").append(d).append("}");
}

}  // namespace gatehouse::events
