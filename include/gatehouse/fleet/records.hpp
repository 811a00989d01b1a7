#pragma once

#include <boost/system/result.hpp>

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// One bot's shards held by several processes: who holds which shard, and who may identify. All of
/// it is pure; times are those of one machine and are never compared between two. Here is what
/// stands in the bucket, a record a key. Every write is a compare-and-set on the revision that was
/// read.
namespace gatehouse::fleet {

/// A process in cluster mode has its member's name and the number of its life: each start, and each
/// return of one that was declared dead, is a new incarnation.
struct identity {
  std::string member;
  std::uint64_t incarnation = 0;
  auto operator<=>(const identity&) const = default;
};

/// A record of a newer schema is not read.
inline constexpr int record_schema = 1;

/// `coordinator`: who decides. Each election raises the term.
struct coordinator_record {
  identity holder;
  std::uint64_t term = 0;
  bool operator==(const coordinator_record&) const = default;
};

enum class member_state : std::uint8_t {
  joining,   ///< listens, has no incarnation yet
  ready,     ///< takes shards
  draining,  ///< gives its shards away
  first = joining,
  last = draining,
};
[[nodiscard]] std::string_view to_string(member_state state) noexcept;

/// `member.<id>`. Written again and again: an accepted write is what proves to a member that it is
/// not cut off.
struct member_record {
  std::uint64_t incarnation = 0;
  std::string process;  ///< drawn at random by each process: tells two of one name apart
  std::string version;
  member_state state = member_state::joining;
  bool operator==(const member_record&) const = default;
};

/// `plan`: what should be.
struct plan_record {
  std::uint64_t term = 0;           ///< of the coordinator that wrote it
  std::string fingerprint;          ///< of the settings that all members must share
  std::vector<std::string> owners;  ///< member by shard id; empty text: nobody can take it
  /// Newest incarnation of each member that the coordinators have seen.
  std::map<std::string, std::uint64_t> seen;
  /// Up to this incarnation a member is over: its shards may be claimed.
  std::map<std::string, std::uint64_t> dead;
  /// Likewise, and an operator vouches for it: nobody waits until it must have noticed itself.
  std::map<std::string, std::uint64_t> evicted;

  [[nodiscard]] int total_shards() const noexcept { return static_cast<int>(owners.size()); }
  [[nodiscard]] bool gives(int shard_id, const std::string& member) const;
  [[nodiscard]] bool is_dead(const identity& who) const;
  [[nodiscard]] bool is_evicted(const identity& who) const;
  bool operator==(const plan_record&) const = default;
};

struct session_record {
  std::string id;
  std::string resume_url;
  std::uint64_t intents = 0;
  std::int64_t seq = 0;      ///< safe position
  std::uint64_t number = 0;  ///< counts the sessions of one epoch: tells their positions apart
  bool operator==(const session_record&) const = default;
};

enum class own_state : std::uint8_t { owned, released };

/// `own.<total>.<shard>`: what is.
struct own_record {
  identity owner;
  std::uint64_t epoch = 0;  ///< raised by each change of owner
  own_state state = own_state::owned;
  std::optional<session_record> session;
  /// Owners before this one that were declared dead and may not have noticed; until a new session
  /// has begun.
  std::vector<identity> unreleased;
  bool operator==(const own_record&) const = default;
};

/// `pos.<member>.<part>`: safe positions of the shards of one part, so that a checkpoint of many
/// shards is one write.
struct shard_position {
  int shard_id = 0;
  std::uint64_t epoch = 0;
  std::int64_t seq = 0;
  std::uint64_t session = 0;  ///< its number
  bool operator==(const shard_position&) const = default;
};
struct position_record {
  std::vector<shard_position> positions;  ///< by shard
  bool operator==(const position_record&) const = default;
};

/// `gate`: no leave to identify goes out before it stands here.
struct granted_leave {
  int shard_id = 0;
  identity asker;
  std::uint64_t epoch = 0;
  std::uint64_t number = 0;  ///< of the asker's question
  bool operator==(const granted_leave&) const = default;
};
struct gate_record {
  std::uint64_t term = 0;           ///< of the coordinator that wrote it
  std::uint64_t granted = 0;        ///< so far, over all terms
  std::vector<granted_leave> last;  ///< the newest round
  bool operator==(const gate_record&) const = default;
};

using record = std::variant<coordinator_record, member_record, plan_record, own_record,
                            position_record, gate_record>;

// Keys.
inline constexpr std::string_view coordinator_key = "coordinator";
inline constexpr std::string_view plan_key = "plan";
inline constexpr std::string_view gate_key = "gate";
inline constexpr int shards_per_part = 1'000;
[[nodiscard]] std::string member_key(std::string_view member);
[[nodiscard]] std::string own_key(int total_shards, int shard_id);
/// Of such a key; nothing if it is another one, or of another total.
[[nodiscard]] std::optional<int> shard_of_own_key(int total_shards, std::string_view key);
/// The part that the shard belongs to.
[[nodiscard]] std::string position_key(std::string_view member, int shard_id);

/// Letters, digits, `_` and `-`, 1 to 64 of them: a member's name is part of keys and subjects.
[[nodiscard]] bool is_member_name(std::string_view text) noexcept;

/// JSON, with `schema`.
[[nodiscard]] std::string to_text(const record& value);
/// Strict: a record that makes no sense is not believed in part. The error says what is wrong with
/// it, without its text.
[[nodiscard]] boost::system::result<record, std::string> read_record(std::string_view key,
                                                                     std::string_view text);

}  // namespace gatehouse::fleet
