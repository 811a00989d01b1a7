#pragma once

#include <gatehouse/events/guild_cache.hpp>
#include <gatehouse/events/pipeline.hpp>
#include <gatehouse/events/session_log.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace gatehouse::events {

/// A dispatch that is put aside and may be forwarded later.
class kept_dispatch {
 public:
  kept_dispatch(session_log_ptr session, const dispatch& received, runtime::time_point at);

  /// As it was received, parsed anew by `parser`; lives as long as this object stays where it is.
  [[nodiscard]] dispatch view(gateway::padded_parser& parser) const;
  [[nodiscard]] std::string_view type() const noexcept;
  [[nodiscard]] std::int64_t seq() const noexcept { return seq_; }
  [[nodiscard]] const session_log_ptr& session() const noexcept { return session_; }
  [[nodiscard]] runtime::time_point received() const noexcept { return at_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return text_.size(); }

 private:
  session_log_ptr session_;
  runtime::time_point at_;
  std::int64_t seq_;
  std::uint64_t guild_id_;
  std::string body_prefix_;
  std::size_t type_place_;
  std::size_t type_size_;
  std::size_t data_place_;
  std::size_t data_size_;
  std::size_t payload_size_;
  std::string text_;  ///< the payload and its padding
};

}  // namespace gatehouse::events
