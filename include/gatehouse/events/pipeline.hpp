#pragma once

#include <gatehouse/config/settings.hpp>
#include <gatehouse/controllers/decision_points.hpp>
#include <gatehouse/events/edited_messages.hpp>
#include <gatehouse/events/event.hpp>
#include <gatehouse/events/event_type.hpp>
#include <gatehouse/events/session_log.hpp>
#include <gatehouse/gateway/envelope.hpp>
#include <gatehouse/runtime/clock.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gatehouse::events {

/// A dispatch as its shard hands it over. The views need to live during the call only.
struct dispatch {
  std::string_view type;  ///< within `payload`
  std::int64_t seq = 0;
  std::uint64_t guild_id = 0;
  std::string_view payload;         ///< all of it
  std::string_view data;            ///< the text of `d` within it
  std::string_view body_prefix;     ///< `{"shardId":3,"message":`
  gateway::padded_parser& indexed;  ///< what has parsed `payload`
};

/// What came after `last_seq` is lost: up to `seq` where that is given, which is then the gap's own
/// number; else all the rest, as the session could not be resumed.
struct session_gap {
  std::int64_t last_seq = 0;
  std::string_view reason;
  std::string_view body_prefix;
  std::int64_t seq = 0;
};

struct pipeline_counters {
  std::vector<std::uint64_t> received;   ///< by event_type, as Discord named it
  std::vector<std::uint64_t> filtered;   ///< by the same: not forwarded on purpose
  std::vector<std::uint64_t> forwarded;  ///< by event_type, as the handler is told it
};

/// What lies between a shard and the delivery: keeps the session's guilds and the messages seen
/// lately up to date, filters, then makes one copy of the payload into an event. One per worker;
/// not thread-safe.
///
/// With `events.guild_create = "loaded_dd"`, of the GUILD_CREATEs only a real join goes out under
/// that name. One that was announced by READY goes out as GUILD_LOADED_DD; a return from an outage
/// is filtered, and so is one with `unavailable: true`, which is no guild yet: the full one that
/// follows tells what it was. `events.only` and `events.drop` hold for the name that goes out,
/// where GUILD_LOADED_DD, unless they name it, is treated as GUILD_CREATE is: whoever asked for
/// that one does not lose the guilds of a start.
class pipeline {
 public:
  /// `decisions` may be null: then nothing but the settings decides.
  pipeline(const config::event_settings& settings, event_type_registry& types, event_pool& pool,
           event_sink& sink, const controllers::decision_points* decisions = nullptr);
  /// Changed settings, for events from now on.
  void apply(const config::event_settings& changed);
  pipeline(const pipeline&) = delete;
  pipeline& operator=(const pipeline&) = delete;

  void handle(const session_log_ptr& session, const dispatch& received, runtime::time_point now);

  // The same in two steps, for sessions that are not to be heard yet (a reshard).
  /// Counts it, opens it in its session and learns from it about guilds; what of a GUILD_CREATE.
  std::optional<guild_cache::creation> observe(session_log& session, const dispatch& received);
  /// What `observe` has seen is to go out: the rest of `handle`.
  void forward(const session_log_ptr& session, const dispatch& received,
               std::optional<guild_cache::creation> creation, runtime::time_point now);
  /// What `observe` has seen is not to go out.
  void withhold(session_log& session, std::string_view type, std::int64_t seq);
  /// By its name alone.
  [[nodiscard]] bool is_filtered(std::string_view event_name);

  /// Tells the handler, in the shard's order, by an event of gatehouse's own: GATEHOUSE_GAP. It is
  /// left out only where `events.drop` names it.
  void handle_gap(const session_log_ptr& lost, const session_gap& gap, runtime::time_point now);
  void begin_burst() { sink_.begin_burst(); }
  void end_burst() { sink_.end_burst(); }
  [[nodiscard]] bool congested(int shard_id) const noexcept { return sink_.congested(shard_id); }
  [[nodiscard]] const pipeline_counters& counters() const noexcept { return counters_; }

 private:
  enum class verdict : std::uint8_t { forward, drop };
  /// What the pipeline itself wants to know of an event.
  enum class interest : std::uint8_t {
    none,
    ready,
    guild_create,
    guild_delete,
    message_create,
    message_update,
  };
  struct rule {
    verdict filter;
    interest wanted = interest::none;
  };
  /// How an event goes out.
  struct decision {
    verdict filter;
    event_type type;
  };

  void set_rules(const config::event_settings& settings);
  void add_filter(const std::vector<std::string>& events, verdict filter);
  void add_interests(runtime::milliseconds edited_message_ttl);
  rule& rule_for(std::string_view name);
  [[nodiscard]] rule rule_of(event_type type) const noexcept;
  std::optional<guild_cache::creation> learn(session_log& session, const dispatch& received,
                                             interest wanted);
  void judge(const session_log& session, const dispatch& received, interest wanted,
             std::optional<guild_cache::creation> creation, runtime::time_point now,
             decision& made);
  void judge_guild(const session_log& session, const dispatch& received,
                   guild_cache::creation meaning, decision& made) const;
  void judge_update(const session_log& session, const dispatch& received, bool is_same_content,
                    decision& made) const;
  void withhold(session_log& session, event_type type, std::int64_t seq);
  /// `type`: under which Discord has sent it.
  void send(const session_log_ptr& session, const dispatch& received, event_type type,
            const decision& made, runtime::time_point now);
  event_ptr make_renamed(const dispatch& received, std::string_view name);
  event_ptr make_outgoing(const session_log_ptr& session, const dispatch& received, event_type type,
                          const decision& made, runtime::time_point now);
  /// What a library decides of it; null: it is dropped.
  event_ptr ask_about(event_ptr outgoing, const dispatch& received);

  event_type_registry& types_;
  event_pool& pool_;
  event_sink& sink_;
  const controllers::decision_points* decisions_;
  bool decides_payload_;
  event_type ready_;
  event_type guild_loaded_;
  event_type gap_;
  config::guild_create_mode guild_create_;
  verdict default_ = verdict::forward;
  std::vector<rule> rules_;  ///< by event_type; what is beyond its end falls under `default_`
  runtime::milliseconds edited_message_ttl_{};
  std::optional<edited_messages> edited_messages_;  ///< only if it is asked for
  pipeline_counters counters_;
};

}  // namespace gatehouse::events
