#include <gatehouse/storage/event_batch.hpp>

#include <utility>

namespace gatehouse::storage {

void event_batch::add(event_facts facts, std::string_view payload) {
  entries_.push_back({std::move(facts), payloads_.size(), payload.size()});
  payloads_ += payload;
}

std::size_t event_batch::bytes() const noexcept {
  return payloads_.size() + entries_.size() * sizeof(entry);
}

std::string_view event_batch::payload(std::size_t index) const {
  const entry& wanted = entries_[index];
  return std::string_view{payloads_}.substr(wanted.offset, wanted.length);
}

}  // namespace gatehouse::storage
