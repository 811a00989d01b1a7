#pragma once

#include <gatehouse/config/settings.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::interactions {

/// The callback types used in place of a handler (discord-api-docs: receiving-and-responding,
/// Interaction Callback Type).
inline constexpr int channel_message = 4;
inline constexpr int deferred_channel_message = 5;
inline constexpr int deferred_update_message = 6;
inline constexpr int autocomplete_result = 8;

/// The answer to one interaction, as it is posted.
struct callback {
  std::string
      route{};         ///< `/interactions/{id}/{token}/callback`; for logs see rest::describe_route
  std::string body{};  ///< JSON
  int type = 0;
  int deferred = 0;  ///< 5 or 6 once Discord has accepted it; 0: it defers nothing
  /// Once Discord has accepted it the user has an answer, and the handler cannot give another.
  bool is_final_when_accepted = false;

  bool operator==(const callback&) const = default;
};

/// The answer to an INTERACTION_CREATE dispatch: commands and components are deferred, autocomplete
/// and modals get the configured message. Nothing for other interaction types, other payloads, and
/// ids or tokens that would not stay within their part of the route. Pure.
std::optional<callback> make_callback(std::string_view payload,
                                      const config::interaction_settings& settings);

/// Another answer in the place of `made`, of this callback type: one that defers nothing is final.
void replace_body(callback& made, int type, std::string body);

/// `interactions.message` with its invite, or the built-in text where that leaves nothing to read.
/// Pure.
std::string message_text(const config::interaction_settings& settings);

/// The first `count` code points of UTF-8: what Discord counts as characters
/// (discord-api-docs, issue 1315). Pure.
std::string_view first_characters(std::string_view text, std::size_t count) noexcept;

}  // namespace gatehouse::interactions
