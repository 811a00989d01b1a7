#include "callbacks.hpp"

#include <mutex>
#include <unordered_map>
#include <utility>

namespace gatehouse::nats {

namespace {

struct registry {
  struct entry {
    std::weak_ptr<connection> owner;
    std::uint64_t number;
  };
  std::mutex mutex;
  std::unordered_map<std::uintptr_t, entry> entries;
  std::uintptr_t last = 0;
};

/// Never destroyed: the library's threads outlive static objects.
registry& all() {
  static auto* const only = new registry;
  return *only;
}

}  // namespace

callback_handle::callback_handle(std::weak_ptr<connection> owner, std::uint64_t number) {
  const std::lock_guard lock{all().mutex};
  id_ = ++all().last;
  all().entries.emplace(id_, registry::entry{std::move(owner), number});
}

callback_handle::~callback_handle() {
  const std::lock_guard lock{all().mutex};
  all().entries.erase(id_);
}

void* callback_handle::closure() const noexcept {
  return reinterpret_cast<void*>(id_);  // NOLINT(performance-no-int-to-ptr): never dereferenced
}

callback_handle::target callback_handle::find(void* closure) {
  const std::lock_guard lock{all().mutex};
  const auto found = all().entries.find(reinterpret_cast<std::uintptr_t>(closure));
  if (found == all().entries.end()) return {};
  return {found->second.owner.lock(), found->second.number};
}

}  // namespace gatehouse::nats
