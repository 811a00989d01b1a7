#pragma once

#include <gatehouse/fleet/records.hpp>

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

/// What members say to each other. Any of it may be lost, late, or come twice: nothing depends on
/// one message, and nothing is true because of one.
namespace gatehouse::fleet {

/// To all, its sender included: who does not hear itself cannot tell who is silent.
struct heartbeat {
  identity from;
  std::string process;
  member_state state = member_state::joining;
  std::uint64_t term = 0;           ///< 0: not the coordinator
  std::uint64_t plan_revision = 0;  ///< newest it knows of
  bool is_settled = false;          ///< it holds what that plan gives it, and nothing else
  double weight = 1.0;
  int max_shards = 0;  ///< 0: no limit
  std::string fingerprint;
};
/// To all: a key has a new revision.
struct news {
  std::string key;
  std::uint64_t revision = 0;
};
/// To the coordinator: a shard wants to identify. Repeated until it is answered.
struct leave_wanted {
  int shard_id = 0;
  identity asker;
  std::uint64_t epoch = 0;
  std::uint64_t number = 0;
};
/// To the member that has asked.
struct leave_given {
  granted_leave leave;
};
/// To the coordinator: the bucket is free, after the spacing if the identify was sent.
struct leave_over {
  granted_leave leave;
  bool was_sent = false;
};
/// To the owner and the coordinator: the plan gives this shard to the sender, but the record says
/// it is still owned.
struct shard_awaited {
  int shard_id = 0;
  identity owner;
};

using message = std::variant<heartbeat, news, leave_wanted, leave_given, leave_over, shard_awaited>;

/// JSON, with `schema`.
[[nodiscard]] std::string to_text(const message& value);
/// Strict: see read_record.
[[nodiscard]] boost::system::result<message, std::string> read_message(std::string_view text);

}  // namespace gatehouse::fleet
