#include "stream_check.hpp"

#include <gatehouse/sim/content_hash.hpp>

#include <charconv>

namespace gatehouse::test {
namespace {

std::uint64_t number_in(std::string_view digits) {
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

/// The payload as Discord sent it.
std::string_view text_of(std::string_view body) {
  constexpr std::string_view key = ",\"message\":";
  const auto at = body.find(key);
  if (at == std::string_view::npos || body.back() != '}') return {};
  body.remove_prefix(at + key.size());
  body.remove_suffix(1);
  return body;
}

}  // namespace

std::string header_of(const nats::stored_message& stored, std::string_view name) {
  for (const auto& each : stored.content.headers) {
    if (each.name == name) return each.value;
  }
  return {};
}

void stream_check::add(const nats::stored_message& stored) {
  const auto id = header_of(stored, "Nats-Msg-Id");
  const auto text = text_of(stored.content.payload);
  check_id(stored, id, text);
  check_order(text, id);
}

void stream_check::check_id(const nats::stored_message& stored, const std::string& id,
                            std::string_view text) {
  if (id != header_of(stored, "Gatehouse-Event-Id"))
    faults_.push_back(id + " has another event id");
  if (!ids_.insert(id).second) faults_.push_back(id + " is stored again");
  const auto colon = id.rfind(':');
  if (colon == std::string::npos) return faults_.push_back("\"" + id + "\" is no event id");
  if (id.substr(colon) == ":gap") return;
  const auto seq = number_in(std::string_view{id}.substr(colon + 1));
  const auto verdict = sent_->received(id.substr(0, colon), seq, sim::content_hash(text));
  if (verdict != sim::event_registry::verdict::matched) faults_.push_back(id + " is not as sent");
}

/// A guild's events have a running number as their last key.
void stream_check::check_order(std::string_view text, const std::string& id) {
  constexpr std::string_view key = "\"sim\":\"";
  const auto at = text.rfind(key);
  if (at == std::string_view::npos) return;
  const auto mark = text.substr(at + key.size());
  const auto colon = mark.find(':');
  const std::string guild{mark.substr(0, colon)};
  const auto number = number_in(mark.substr(colon + 1));
  auto& last = last_[guild];
  if (number <= last) {
    faults_.push_back(id + ": number " + std::to_string(number) + " of guild " + guild +
                      " comes after " + std::to_string(last));
  }
  last = number;
}

}  // namespace gatehouse::test
