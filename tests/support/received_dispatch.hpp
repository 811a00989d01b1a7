#pragma once

#include <gatehouse/events/pipeline.hpp>
#include <gatehouse/gateway/envelope.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gatehouse::test {

/// A dispatch as a shard would hand it over, with all that its views point to.
class received_dispatch {
 public:
  /// `payload`: all of it.
  explicit received_dispatch(std::string_view payload,
                             std::string_view body_prefix = R"({"shardId":3,"message":)")
      : text_(payload), prefix_(body_prefix) {
    text_.append(gateway::parse_padding, '#');
    const std::string_view whole{text_.data(), payload.size()};
    gateway::envelope parsed;
    if (parser_.parse(whole, parsed) != gateway::envelope_error::none) {
      throw std::invalid_argument("no payload: " + std::string{payload});
    }
    view_.emplace(events::dispatch{parsed.type, parsed.seq, parsed.guild_id, whole, parsed.data,
                                   prefix_, parser_.indexed()});
  }
  received_dispatch(std::string_view type, std::int64_t seq, std::string_view d)
      : received_dispatch(R"({"t":")" + std::string{type} + R"(","s":)" + std::to_string(seq) +
                          R"(,"op":0,"d":)" + std::string{d} + '}') {}
  received_dispatch(const received_dispatch&) = delete;
  received_dispatch& operator=(const received_dispatch&) = delete;

  [[nodiscard]] const events::dispatch& view() const { return *view_; }

 private:
  std::string text_;
  std::string prefix_;
  gateway::envelope_parser parser_;  ///< its index is walked by whoever looks
  std::optional<events::dispatch> view_;
};

}  // namespace gatehouse::test
