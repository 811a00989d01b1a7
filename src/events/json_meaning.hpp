#pragma once

#include "payload_reader.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

/// Hashes of what JSON says, not of how it is written.
namespace gatehouse::events {

[[nodiscard]] inline std::uint64_t mix(std::uint64_t seed, std::uint64_t value) noexcept {
  constexpr std::uint64_t odd = 0x9E3779B97F4A7C15U;
  std::uint64_t mixed = (seed ^ value) * odd;
  mixed ^= mixed >> 32U;
  return mixed * odd;
}

[[nodiscard]] inline std::uint64_t hash(std::string_view text) noexcept {
  return std::hash<std::string_view>{}(text);
}

/// The same whatever the order of keys, the writing of numbers, the escapes and the white space;
/// and without what Discord's CDN signs anew each time somebody is told of a file
/// (discord-api-docs: reference, Signed Attachment CDN URLs). False: it is malformed, or
/// nested so deep that nobody can have meant it.
[[nodiscard]] bool hash_value(ondemand::value value, std::uint64_t& out);

/// A text without the signature of its URL, if it is one of Discord's files.
[[nodiscard]] std::uint64_t hash_unsigned(std::string_view text) noexcept;

}  // namespace gatehouse::events
