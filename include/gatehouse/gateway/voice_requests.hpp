#pragma once

#include <gatehouse/gateway/request_table.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::gateway {

/// Pending joins of voice channels on one shard, one a guild (discord-api-docs: voice, Retrieving
/// Voice Server Information): answered by VOICE_STATE_UPDATE of the bot itself and
/// VOICE_SERVER_UPDATE, in either order. A null endpoint means that Discord still looks for a
/// server. Pure; used by the shard's thread only.
class voice_requests {
 public:
  struct begun {
    enum class outcome { begun, invalid, name_taken };
    outcome what;
    std::string text{};   ///< of `begun`: the frame to send, then to report by `on_sent`
    std::string error{};  ///< of `invalid`
  };
  begun begin(request_id id, std::uint64_t guild_id, std::uint64_t channel_id, bool self_mute,
              bool self_deaf, runtime::time_point now);

  /// VOICE_STATE_UPDATE of whatever user. `data` must be followed by `parse_padding` readable
  /// bytes.
  void on_state(std::uint64_t guild_id, std::string_view data, std::uint64_t own_user_id,
                runtime::time_point now, request_actions& out);
  /// VOICE_SERVER_UPDATE.
  void on_server(std::uint64_t guild_id, std::string_view data, runtime::time_point now,
                 request_actions& out);

  struct entry {
    std::uint64_t guild_id;
    std::uint64_t channel_id;
    std::string text;
    request_progress progress;
    std::optional<std::string> session_id{};  ///< these three as JSON strings without their quotes
    std::string token{};
    std::string endpoint{};
    static constexpr opcode op = opcode::voice_state_update;

    void clear_answer();
  };
  using table = request_table<entry>;
  [[nodiscard]] table& pending() noexcept { return table_; }
  [[nodiscard]] const table& pending() const noexcept { return table_; }

 private:
  table::map::iterator find(std::uint64_t guild_id);
  void finish(table::map::iterator which, request_actions& out);

  table table_;
};

}  // namespace gatehouse::gateway
