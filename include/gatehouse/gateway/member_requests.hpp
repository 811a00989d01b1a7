#pragma once

#include <gatehouse/gateway/answer_budget.hpp>
#include <gatehouse/gateway/request_table.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::gateway {

/// Pending Request Guild Members of one shard (discord-api-docs: gateway events, Request Guild
/// Members): each is answered by chunks in any order that carry its nonce, joined here as they
/// came, without parsing a single member. Pure; used by the shard's thread only.
class member_requests {
 public:
  static constexpr std::size_t most_pending = 1'000;
  /// 64 million members: more is nonsense.
  static constexpr std::uint64_t most_chunks = 65'536;

  /// Own nonces begin with `nonce_prefix` (at most 16 bytes): a resumed session may replay the
  /// chunks of an earlier process.
  member_requests(std::string nonce_prefix, answer_budget& budget);

  struct begun {
    enum class outcome { begun, invalid, name_taken, too_many };
    outcome what;
    std::string text{};   ///< of `begun`: the frame to send, then to report by `on_sent`
    std::string error{};  ///< of `invalid`
  };
  /// `body` is the `d` of op 8 without `guild_id`. Without a `nonce` in it, it is given one.
  begun begin(request_id id, std::uint64_t guild_id, std::string_view body,
              runtime::time_point now);

  /// GUILD_MEMBERS_CHUNK. `data` must be followed by `parse_padding` readable bytes.
  void on_chunk(std::string_view data, runtime::time_point now, request_actions& out);
  /// RATE_LIMITED.
  void on_rate_limited(std::string_view data, runtime::time_point now, request_actions& out);

  struct chunk {
    std::string members, presences, not_found;  ///< between their brackets
    bool is_here = false;
  };
  struct entry {
    std::string nonce;
    std::uint64_t guild_id;
    std::string text;
    request_progress progress;
    answer_budget::share memory;
    std::vector<chunk> chunks{};
    std::size_t missing = 0;
    static constexpr opcode op = opcode::request_guild_members;

    void clear_answer();
  };
  using table = request_table<entry>;
  [[nodiscard]] table& pending() noexcept { return table_; }
  [[nodiscard]] const table& pending() const noexcept { return table_; }

 private:
  table::map::iterator find(std::string_view nonce);
  static std::string join(entry& answered);

  std::string nonce_prefix_;
  answer_budget& budget_;
  std::uint64_t last_nonce_ = 0;
  table table_;
};

}  // namespace gatehouse::gateway
