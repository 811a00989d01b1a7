#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace gatehouse::gateway {

/// Why a session gave up a connection, or an attempt at one, for the next.
enum class reconnect_cause : std::uint8_t {
  network,         ///< it broke, without a close frame
  connect_failed,  ///< there was none to be had: DNS, TCP, TLS or the upgrade
  zombie,          ///< nothing came since the last heartbeat
  op_7,            ///< Discord asks for it
  op_9,            ///< Discord does not know the session, or refuses to identify
  timeout,         ///< no Hello, READY or progress of a resume, or leave to identify ran out
  unreadable,      ///< a payload that could not be decompressed or parsed
  asked,           ///< by an operator, or for a deaf session
  close_4000,      ///< unknown error; these are Discord's close codes
  close_4001,      ///< unknown opcode
  close_4002,      ///< decode error
  close_4003,      ///< not authenticated
  close_4005,      ///< already authenticated
  close_4006,      ///< session no longer valid
  close_4007,      ///< invalid seq
  close_4008,      ///< rate limited
  close_4009,      ///< session timed out
  close_other,     ///< 1000 and 1001 among them
};

inline constexpr std::size_t reconnect_cause_count =
    static_cast<std::size_t>(reconnect_cause::close_other) + 1;

/// By cause.
using reconnect_counts = std::array<std::uint64_t, reconnect_cause_count>;

[[nodiscard]] reconnect_cause cause_of_close(std::uint16_t code) noexcept;

}  // namespace gatehouse::gateway
