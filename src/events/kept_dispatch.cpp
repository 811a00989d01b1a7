#include <gatehouse/events/kept_dispatch.hpp>
#include <gatehouse/gateway/envelope.hpp>
#include <gatehouse/gateway/raw_json.hpp>

#include <new>
#include <string_view>
#include <utility>

namespace gatehouse::events {
namespace {

std::size_t place_of(std::string_view part, std::string_view whole) noexcept {
  return part.empty() ? 0 : static_cast<std::size_t>(part.data() - whole.data());
}

}  // namespace

kept_dispatch::kept_dispatch(session_log_ptr session, const dispatch& received,
                             runtime::time_point at)
    : session_(std::move(session)),
      at_(at),
      seq_(received.seq),
      guild_id_(received.guild_id),
      body_prefix_(received.body_prefix),
      type_place_(place_of(received.type, received.payload)),
      type_size_(received.type.size()),
      data_place_(place_of(received.data, received.payload)),
      data_size_(received.data.size()),
      payload_size_(received.payload.size()) {
  text_.reserve(payload_size_ + gateway::parse_padding);
  text_ = received.payload;
  text_.append(gateway::parse_padding, ' ');
}

std::string_view kept_dispatch::type() const noexcept {
  return std::string_view{text_}.substr(type_place_, type_size_);
}

dispatch kept_dispatch::view(gateway::padded_parser& parser) const {
  const std::string_view payload{text_.data(), payload_size_};
  // It was parsed once already: only for want of memory it cannot be.
  if (!parser.begin(payload)) throw std::bad_alloc{};
  return {type(),       seq_,  guild_id_, payload, payload.substr(data_place_, data_size_),
          body_prefix_, parser};
}

}  // namespace gatehouse::events
