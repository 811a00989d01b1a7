#pragma once

#include <cstdint>
#include <memory>

namespace gatehouse::nats {

class connection;

/// What libnats is given instead of a pointer: its threads may still call when a connection is
/// gone, and then find nobody. Any thread.
class callback_handle {
 public:
  callback_handle(std::weak_ptr<connection> owner, std::uint64_t number);
  ~callback_handle();
  callback_handle(const callback_handle&) = delete;
  callback_handle& operator=(const callback_handle&) = delete;

  [[nodiscard]] void* closure() const noexcept;

  struct target {
    std::shared_ptr<connection> owner;  ///< null: gone
    std::uint64_t number = 0;
  };
  static target find(void* closure);

 private:
  std::uintptr_t id_;
};

}  // namespace gatehouse::nats
