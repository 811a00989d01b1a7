#pragma once

#include <gatehouse/config/definition.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <type_traits>

/// Accessors made from pointers to members: `field<&settings::rest, &rest_settings::url>`.
namespace gatehouse::config {

/// The spelling of each enumerator, in the order of its enum.
template <typename Enum>
inline constexpr int names_of = 0;

using std::string_view_literals::operator""sv;

template <>
inline constexpr std::array names_of<compression>{"none"sv, "zlib-stream"sv, "zstd-stream"sv};
template <>
inline constexpr std::array names_of<spread>{"block"sv, "round_robin"sv};
template <>
inline constexpr std::array names_of<ordering>{"guild"sv, "shard"sv, "none"sv};
template <>
inline constexpr std::array names_of<guild_create_mode>{"raw"sv, "loaded_dd"sv};
template <>
inline constexpr std::array names_of<log_level>{"trace"sv, "debug"sv, "info"sv, "warn"sv,
                                                "error"sv};
template <>
inline constexpr std::array names_of<log_format>{"text"sv, "json"sv};

template <>
inline constexpr std::array names_of<isolated_member>{"serve"sv, "stop"sv};

/// The exchange between `value` and one type of field.
template <typename Field>
struct exchange {
  static void store(Field& into, const value& what) { into = std::get<Field>(what); }
  static value fetch(const Field& from) { return from; }
};

template <typename Field>
  requires std::is_enum_v<Field>
struct exchange<Field> {
  static void store(Field& into, const value& what) {
    const auto& names = names_of<Field>;
    const auto found = std::find(names.begin(), names.end(), std::get<std::string>(what));
    into = static_cast<Field>(found - names.begin());
  }
  static value fetch(const Field& from) {
    return std::string(names_of<Field>[static_cast<std::size_t>(from)]);
  }
};

template <>
struct exchange<int> {
  static void store(int& into, const value& what) {
    into = static_cast<int>(std::get<std::int64_t>(what));
  }
  static value fetch(const int& from) { return std::int64_t{from}; }
};

template <>
struct exchange<std::uint64_t> {
  static void store(std::uint64_t& into, const value& what) {
    into = static_cast<std::uint64_t>(std::get<std::int64_t>(what));
  }
  static value fetch(const std::uint64_t& from) { return static_cast<std::int64_t>(from); }
};

template <>
struct exchange<secret> {
  static void store(secret& into, const value& what) { into = secret(std::get<std::string>(what)); }
  static value fetch(const secret& from) { return from.reveal(); }
};

template <typename Period>
struct exchange<std::chrono::duration<std::int64_t, Period>> {
  using duration = std::chrono::duration<std::int64_t, Period>;
  static void store(duration& into, const value& what) {
    into = duration(std::get<std::int64_t>(what));
  }
  static value fetch(const duration& from) { return from.count(); }
};

template <auto... Path>
constexpr accessor field() {
  return {.store =
              [](settings& into, const value& what) {
                auto& target = (into.*....*Path);
                exchange<std::remove_reference_t<decltype(target)>>::store(target, what);
              },
          .fetch =
              [](const settings& from) {
                const auto& source = (from.*....*Path);
                return exchange<std::remove_cvref_t<decltype(source)>>::fetch(source);
              }};
}

/// A size the file gives in MiB and `settings` keeps in bytes.
template <auto... Path>
constexpr accessor mebibytes() {
  return {.store =
              [](settings& into, const value& what) {
                (into.*....*Path) = static_cast<std::uint64_t>(std::get<std::int64_t>(what)) << 20;
              },
          .fetch =
              [](const settings& from) {
                return value(static_cast<std::int64_t>((from.*....*Path) >> 20));
              }};
}

/// A list of the last route.
template <auto Member>
constexpr accessor route_field() {
  return {.store =
              [](settings& into, const value& what) {
                into.events.routes.back().*Member = std::get<std::vector<std::string>>(what);
              },
          .fetch =
              [](const settings& from) {
                return value(from.events.routes.empty() ? std::vector<std::string>{}
                                                        : from.events.routes.back().*Member);
              }};
}

/// The token under either of its two keys, without its prefix.
accessor token_field();

}  // namespace gatehouse::config
