#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gatehouse::events {

/// The two lists of a session as they were stored.
struct saved_guilds {
  std::vector<std::uint64_t> present;
  std::vector<std::uint64_t> loading;
};

/// Which guilds one Discord session knows: those that are there (`guildIds`) and those that READY
/// announced and that have not come yet (`loadingGuildIds`). They tell an initial load, a return
/// from an outage and a real join apart, which all look the same (discord-api-docs: Guild Create;
/// Unavailable Guild Object). Without the GUILDS intent nothing but READY's list is ever known.
///
/// Every change carries the seq of the event that caused it, so that what is saved can be the state
/// as of a position: events behind that position are replayed after a crash, and must then be
/// judged as they were the first time. Lives on one worker thread. About 9 bytes per guild, and 24
/// more per change that has not been handed out.
class guild_cache {
 public:
  enum class presence : std::uint8_t { loading, present, gone };

  /// What a GUILD_CREATE means.
  enum class creation {
    initial_load,   ///< announced by READY
    outage_return,  ///< back from an outage, or sent twice
    join,           ///< the bot was added to it
    unavailable,    ///< no guild yet: an outage while it loads, is there, or is joined
  };
  /// What a GUILD_DELETE means.
  enum class deletion {
    outage,   ///< of a guild that is known, which stays known
    leave,    ///< the bot was removed, or the guild deleted
    unknown,  ///< the outage of a guild that was never known
  };

  struct change {
    std::uint64_t guild_id = 0;
    presence now{};
    bool operator==(const change&) const = default;
  };
  struct changes {
    bool is_complete = false;      ///< the list replaces what was stored, even when empty
    std::vector<change> guilds{};  ///< to be applied in this order; none is `gone` if complete
    bool operator==(const changes&) const = default;
  };

  /// Of a new session: empty until READY comes.
  guild_cache() = default;
  /// Of a session that is resumed after a restart.
  explicit guild_cache(const saved_guilds& saved);

  /// READY: exactly its list is loading; what is not in it was left meanwhile.
  void on_ready(std::int64_t seq, std::vector<std::uint64_t> guild_ids);
  /// `is_unavailable`: the value of that key; a key that is absent means false.
  creation on_create(std::int64_t seq, std::uint64_t guild_id, bool is_unavailable);
  deletion on_delete(std::int64_t seq, std::uint64_t guild_id, bool is_unavailable);

  [[nodiscard]] std::vector<std::uint64_t> guild_ids() const;                      ///< ascending
  [[nodiscard]] std::vector<std::uint64_t> loading_guild_ids() const;              ///< ascending
  [[nodiscard]] std::size_t known() const noexcept { return state_.size(); }       ///< both lists
  [[nodiscard]] std::size_t loading() const noexcept { return state_.loading(); }  ///< of them

  /// The changes up to `safe_seq` that were not handed out yet; each is handed out once. A new
  /// session's first answer is complete: it replaces what was stored of the session before it.
  /// `safe_seq` never decreases. To be called regularly, for changes pile up between the calls.
  [[nodiscard]] changes take_changes(std::int64_t safe_seq);
  /// What was handed out has not been saved: the next answer of `take_changes` is complete.
  void forget_saved() noexcept { is_saved_ = false; }

 private:
  /// Sorted, in one block per array; a change of presence moves nothing.
  class guild_set {
   public:
    void reserve(std::size_t count);
    void set(std::uint64_t guild_id, presence wanted);
    [[nodiscard]] presence find(std::uint64_t guild_id) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }
    [[nodiscard]] std::size_t loading() const noexcept { return loading_; }
    [[nodiscard]] std::vector<std::uint64_t> ids_of(presence wanted) const;
    [[nodiscard]] const std::vector<std::uint64_t>& ids() const noexcept { return ids_; }
    [[nodiscard]] std::vector<change> as_changes() const;

   private:
    [[nodiscard]] std::size_t place_of(std::uint64_t guild_id) const noexcept;

    std::vector<std::uint64_t> ids_;
    std::vector<presence> presences_;  ///< of ids_; never `gone`
    std::size_t loading_ = 0;
  };

  struct step {
    std::int64_t seq;
    std::uint64_t guild_id;
    presence before;
    presence after;
  };

  void record(std::int64_t seq, std::uint64_t guild_id, presence after);
  [[nodiscard]] guild_set state_at(std::int64_t seq) const;

  guild_set state_;
  std::vector<step> steps_;  ///< not handed out yet, by seq
  bool is_saved_ = false;    ///< all steps before those are stored, or under way
};

}  // namespace gatehouse::events
