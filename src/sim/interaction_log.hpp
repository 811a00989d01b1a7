#pragma once

#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace gatehouse::sim {

/// The interactions that were sent, and the rules of answering them
/// (discord-api-docs: receiving-and-responding, Responding to an Interaction).
class interaction_log {
 public:
  enum class verdict {
    accepted,
    unknown,               ///< wrong id or token, or too late: 404, code 10062
    already_acknowledged,  ///< 400, code 40060
    wrong_type,            ///< not legal for this interaction type: 400, code 50035
  };
  struct answer {
    verdict outcome = verdict::unknown;
    int interaction_type = 0;
    runtime::duration age{0};
  };

  explicit interaction_log(runtime::duration deadline) : deadline_(deadline) {}

  /// Seen again, for instance by a second session, the first time counts.
  void sent(std::uint64_t id, std::string_view token, int interaction_type,
            runtime::time_point now);
  answer respond(std::uint64_t id, std::string_view token, int callback_type,
                 runtime::time_point now);

 private:
  struct entry {
    std::uint64_t token_hash = 0;
    int type = 0;
    runtime::time_point sent_at;
    bool acknowledged = false;
  };

  runtime::duration deadline_;
  std::unordered_map<std::uint64_t, entry> entries_;
};

}  // namespace gatehouse::sim
