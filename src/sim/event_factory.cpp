#include "event_factory.hpp"

#include "append.hpp"
#include "intents.hpp"

#include <array>
#include <charconv>

namespace gatehouse::sim {
namespace {

constexpr std::uint64_t guild_epoch = 157'766'400'000;  // ms after Discord's, in 2020

struct share {
  std::string_view type;
  std::size_t per_mille;
};

constexpr auto usual_mix = std::to_array<share>({
    {"MESSAGE_CREATE", 550},
    {"MESSAGE_UPDATE", 150},
    {"VOICE_STATE_UPDATE", 100},
    {"MESSAGE_REACTION_ADD", 60},
    {"MESSAGE_REACTION_REMOVE", 20},
    {"MESSAGE_DELETE", 40},
    {"GUILD_MEMBER_ADD", 10},
    {"GUILD_MEMBER_UPDATE", 20},
    {"GUILD_MEMBER_REMOVE", 10},
    {"INTERACTION_CREATE", 10},
    {"TYPING_START", 15},
    {"PRESENCE_UPDATE", 10},
    {"CHANNEL_UPDATE", 5},
});

std::vector<std::string_view> make_mix(std::uint64_t intents) {
  std::vector<std::string_view> mix;
  for (const auto& [type, per_mille] : usual_mix) {
    const auto needed = intents_for(type);
    if (needed == 0 || (needed & intents) != 0) mix.insert(mix.end(), per_mille, type);
  }
  return mix;
}

}  // namespace

event_factory::event_factory(const event_factory_options& options)
    : options_(options), random_(options.seed) {
  for (std::uint32_t index = 0; index < options.guilds; ++index) add_guild();
}

std::uint64_t event_factory::add_guild() {
  // Consecutive values above bit 22 spread evenly over any shard count.
  const std::uint64_t index = guild_ids_.size();
  const std::uint64_t low_bits = random_stream{options_.seed + index}.below(1U << 22U);
  const std::uint64_t id = ((guild_epoch + index) << 22U) | low_bits;
  guild_ids_.push_back(id);
  guilds_.emplace(id, guild{.index = index, .number = 0});
  return id;
}

std::string_view event_factory::pick_type(std::uint64_t intents) {
  if (mix_.empty() || intents != mix_intents_) {
    mix_ = make_mix(intents);
    mix_intents_ = intents;
  }
  return mix_[random_.below(mix_.size())];
}

event_seed event_factory::seed_for(std::uint64_t guild_id, std::uint64_t number) const {
  return {.guild_id = guild_id,
          .guild_index = guilds_.at(guild_id).index,
          .number = number,
          .random = random_stream{options_.seed ^ (guild_id * 31) ^ (number << 20U)}};
}

void event_factory::append_shape(std::string& out, std::string_view type, const event_seed& seed) {
  if (type == "MESSAGE_CREATE" || type == "MESSAGE_UPDATE") {
    append_message(out, seed, type == "MESSAGE_UPDATE");
  } else if (type == "VOICE_STATE_UPDATE") {
    append_voice_state(out, seed);
  } else if (type == "MESSAGE_REACTION_ADD" || type == "MESSAGE_REACTION_REMOVE") {
    append_reaction(out, seed, type == "MESSAGE_REACTION_ADD");
  } else if (type == "MESSAGE_DELETE") {
    append_message_delete(out, seed);
  } else if (type.starts_with("GUILD_MEMBER_")) {
    append_member_event(out, seed, type);
  } else if (type == "INTERACTION_CREATE") {
    append_interaction(out, seed, interaction_type_of(seed.number));
  } else if (type == "TYPING_START") {
    append_typing(out, seed);
  } else if (type == "PRESENCE_UPDATE") {
    append_presence(out, seed);
  } else if (type.starts_with("CHANNEL_") && type != "CHANNEL_PINS_UPDATE") {
    append_channel(out, seed.guild_id, seed.number % 20);
    out.pop_back();
    append(out, R"(,"guild_id":")", seed.guild_id, "\"");
  } else if (type == "GUILD_CREATE" || type == "GUILD_UPDATE") {
    append_guild(out, seed, options_.members_per_guild, options_.guild_create_bytes);
  } else if (type == "GUILD_DELETE") {
    append(out, R"({"id":")", seed.guild_id, "\"");
  } else {
    append_minimal(out, seed);
  }
}

namespace {

void append_mark(std::string& out, std::uint64_t guild_id, std::uint64_t number) {
  append(out, R"(,"sim":")", guild_id, ":", number, "\"}");
}

}  // namespace

void event_factory::append_event(std::string& out, std::string_view type, std::uint64_t guild_id,
                                 std::uint64_t number) {
  append_shape(out, type, seed_for(guild_id, number));
  append_mark(out, guild_id, number);
}

void event_factory::append_interaction_event(std::string& out, std::uint64_t guild_id,
                                             std::uint64_t number, int interaction_type) {
  append_interaction(out, seed_for(guild_id, number), interaction_type);
  append_mark(out, guild_id, number);
}

void event_factory::append_guild_create(std::string& out, std::uint64_t guild_id) {
  append_guild(out, seed_for(guild_id, 0), options_.members_per_guild, options_.guild_create_bytes);
  append(out, "}");
}

std::uint64_t event_factory::interaction_of(std::uint64_t guild_id, std::uint64_t number) const {
  return interaction_id(seed_for(guild_id, number));
}

event_mark find_event_mark(std::string_view payload) noexcept {
  constexpr std::string_view key = R"("sim":")";
  constexpr std::size_t longest = 64;  // two numbers of 20 digits, key and braces
  if (payload.size() > longest) payload.remove_prefix(payload.size() - longest);
  const auto place = payload.rfind(key);
  if (place == std::string_view::npos) return {};
  const char* const end = payload.data() + payload.size();
  event_mark mark;
  const auto guild = std::from_chars(payload.data() + place + key.size(), end, mark.guild_id);
  if (guild.ec != std::errc{} || guild.ptr == end || *guild.ptr != ':') return {};
  const auto number = std::from_chars(guild.ptr + 1, end, mark.number);
  return number.ec == std::errc{} ? mark : event_mark{};
}

}  // namespace gatehouse::sim
