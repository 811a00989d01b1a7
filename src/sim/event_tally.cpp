#include "event_tally.hpp"

#include "append.hpp"
#include "event_factory.hpp"

#include <gatehouse/sim/content_hash.hpp>

#include <charconv>

namespace gatehouse::sim {
namespace {

constexpr std::size_t max_remarks = 32;

void remark(handler_statistics& numbers, std::string text) {
  if (numbers.remarks.size() < max_remarks) numbers.remarks.push_back(std::move(text));
}

}  // namespace

void event_tally::accept(const delivered_event& event, handler_statistics& numbers) {
  ++numbers.events;
  const auto type = event_type_of(event.message);
  if (auto known = numbers.by_type.find(type); known != numbers.by_type.end()) {
    ++known->second;
  } else {
    numbers.by_type.emplace(type, 1);
  }
  if (options_.check_order) check_number(event.message, numbers);
  // A proxy's own events are in no session's numbering.
  const bool is_of_proxy = type.starts_with("GATEHOUSE_");
  if (options_.registry && !is_of_proxy) check_bytes(event, numbers);
}

void event_tally::check_number(std::string_view message, handler_statistics& numbers) {
  const auto mark = find_event_mark(message);
  if (mark.number == 0) return;
  ++numbers.numbered;
  guild& seen = guilds_[mark.guild_id];
  if (mark.number > seen.highest) {
    for (auto skipped = seen.highest + 1; skipped < mark.number; ++skipped) {
      seen.skipped.insert(skipped);
      ++numbers.gaps;
    }
    if (mark.number != seen.highest + 1) {
      remark(numbers,
             concat("guild ", mark.guild_id, ": ", mark.number, " follows ", seen.highest));
    }
    seen.highest = mark.number;
  } else if (seen.skipped.erase(mark.number) != 0) {
    --numbers.gaps;
    ++numbers.out_of_order;
    remark(numbers,
           concat("guild ", mark.guild_id, ": ", mark.number, " came after ", seen.highest));
  } else {
    ++numbers.duplicates;
  }
}

void event_tally::check_bytes(const delivered_event& event, handler_statistics& numbers) {
  const auto colon = event.event_id.rfind(':');
  std::uint64_t seq = 0;
  auto verdict = event_registry::verdict::unknown;
  if (colon != std::string_view::npos) {
    const auto digits = event.event_id.substr(colon + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), seq);
    verdict = options_.registry->received(event.event_id.substr(0, colon), seq,
                                          content_hash(event.message));
  }
  switch (verdict) {
    case event_registry::verdict::matched:
      ++numbers.matched;
      return;
    case event_registry::verdict::duplicate:
      ++numbers.repeated;
      return;
    case event_registry::verdict::altered:
      ++numbers.altered;
      return remark(numbers, concat("altered ", event.event_id, ": ", event.message.substr(0, 80)));
    case event_registry::verdict::unknown:
      ++numbers.unknown;
      return remark(numbers, concat("unknown ", event.event_id, ": ", event.message.substr(0, 80)));
  }
}

}  // namespace gatehouse::sim
