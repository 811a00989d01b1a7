#pragma once

#include "event_shapes.hpp"
#include "random_stream.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse::sim {

struct event_factory_options {
  std::uint64_t seed = 1;
  std::uint32_t guilds = 10;
  std::uint32_t guild_create_bytes = 8192;
  std::uint32_t members_per_guild = 100;
};

/// Makes guilds and their events. The same options give the same bytes: an event depends only on
/// the seed, its guild, its running number and its type. Not thread-safe.
class event_factory {
 public:
  explicit event_factory(const event_factory_options& options);

  [[nodiscard]] const std::vector<std::uint64_t>& guild_ids() const noexcept { return guild_ids_; }
  [[nodiscard]] bool has_guild(std::uint64_t guild_id) const { return guilds_.contains(guild_id); }
  std::uint64_t add_guild();
  std::uint64_t pick_guild() { return guild_ids_[random_.below(guild_ids_.size())]; }

  /// An event type out of the usual mix, limited to what these intents let through.
  std::string_view pick_type(std::uint64_t intents);
  /// The next running number of the guild, which begins at 1.
  std::uint64_t next_number(std::uint64_t guild_id) { return ++guilds_.at(guild_id).number; }

  /// Appends `d` of an event, with its running number as the last key.
  void append_event(std::string& out, std::string_view type, std::uint64_t guild_id,
                    std::uint64_t number);
  /// The same for INTERACTION_CREATE of a given interaction type.
  void append_interaction_event(std::string& out, std::uint64_t guild_id, std::uint64_t number,
                                int interaction_type);
  /// Appends `d` of the GUILD_CREATE that follows READY; it carries no running number.
  void append_guild_create(std::string& out, std::uint64_t guild_id);

  /// The interaction an event of this guild and number stands for.
  [[nodiscard]] std::uint64_t interaction_of(std::uint64_t guild_id, std::uint64_t number) const;
  [[nodiscard]] static int interaction_type_of(std::uint64_t number) noexcept {
    return static_cast<int>(2 + number % 4);
  }

  /// Member `index` of a guild, and back; nothing for somebody else.
  [[nodiscard]] std::uint32_t members_per_guild() const noexcept {
    return options_.members_per_guild;
  }

 private:
  struct guild {
    std::uint64_t index = 0;
    std::uint64_t number = 0;
  };

  [[nodiscard]] event_seed seed_for(std::uint64_t guild_id, std::uint64_t number) const;
  void append_shape(std::string& out, std::string_view type, const event_seed& seed);

  event_factory_options options_;
  random_stream random_;
  std::vector<std::uint64_t> guild_ids_;
  std::unordered_map<std::uint64_t, guild> guilds_;
  std::uint64_t mix_intents_ = 0;
  std::vector<std::string_view> mix_;  ///< one entry per mille, for mix_intents_
};

/// The running number in a payload's text, and the guild it belongs to; zeros when there is none.
struct event_mark {
  std::uint64_t guild_id = 0;
  std::uint64_t number = 0;
};
event_mark find_event_mark(std::string_view payload) noexcept;

}  // namespace gatehouse::sim
