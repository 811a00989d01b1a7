#include "access.hpp"
#include "sections.hpp"

namespace gatehouse::config {

accessor token_field() {
  return {.store =
              [](settings& into, const value& what) {
                std::string_view token = std::get<std::string>(what);
                if (token.starts_with("Bot ")) token.remove_prefix(4);
                into.discord.token = secret(std::string(token));
              },
          .fetch = [](const settings& from) { return value(from.discord.token.reveal()); }};
}

namespace {

constexpr auto discord = &settings::discord;
constexpr auto properties = &discord_settings::properties;

accessor token_file_field() {
  accessor both = token_field();
  both.fetch = [](const settings&) { return value(std::string{}); };  // kept as the token itself
  return both;
}

const definition rows[] = {
    {.key = "discord.token",
     .rule = text_rule::bot_token,
     .example = "\"${DISCORD_TOKEN}\"",
     .secret = true,
     .help = "The bot token. Exactly one of `discord.token` and `discord.token_file` is set; "
             "prefer the file, or `${NAME}`, to writing the token here.",
     .access = token_field()},
    {.key = "discord.token_file",
     .rule = text_rule::path,
     .example = "\"${CREDENTIALS_DIRECTORY}/discord-token\"",
     .help = "A file that holds the bot token and nothing else; line ends after it are ignored. "
             "Under systemd, a credential is a file in `${CREDENTIALS_DIRECTORY}`.",
     .access = token_file_field()},
    {.key = "discord.intents",
     .type = value_type::intents,
     .example = "[\"GUILDS\", \"GUILD_MESSAGES\"]",
     .required = true,
     .help = "The intents to identify with. GUILD_MEMBERS, GUILD_PRESENCES and MESSAGE_CONTENT "
             "must be enabled for the bot at Discord too, or it refuses the bot (4014).",
     .access = field<discord, &discord_settings::intents>()},
    {.key = "discord.api_version",
     .type = value_type::integer,
     .least = 9,
     .most = 10,
     .help = "The version of Discord's gateway and REST API.",
     .access = field<discord, &discord_settings::api_version>()},
    {.key = "discord.compression",
     .type = value_type::choice,
     .choices = names_of<compression>,
     .help = "Transport compression of the gateway connections. zstd-stream needs the least "
             "bandwidth.",
     .access = field<discord, &discord_settings::transport_compression>()},
    {.key = "discord.gateway_url",
     .rule = text_rule::ws_base,
     .default_note = "what `/gateway/bot` names",
     .may_be_empty = true,
     .help = "Connects to this gateway instead of the one Discord names, for tests and proxies.",
     .access = field<discord, &discord_settings::gateway_url>()},
    {.key = "discord.ca_file",
     .rule = text_rule::path,
     .default_note = "system roots only",
     .may_be_empty = true,
     .help = "A PEM file of certificates that are trusted besides the system's, for wss and for "
             "https to `rest.url`.",
     .access = field<discord, &discord_settings::ca_file>()},
    {.key = "discord.large_threshold",
     .type = value_type::integer,
     .least = 50,
     .most = 250,
     .unit = "members",
     .help = "GUILD_CREATE of a guild with more members leaves its offline members out.",
     .access = field<discord, &discord_settings::large_threshold>()},
    {.key = "discord.presence",
     .type = value_type::presence,
     .default_note = "none is sent",
     .example = "{ status = \"online\", activities = [{ name = \"with shards\", type = 0 }] }",
     .reloadable = true,
     .help = "The presence of every shard: `status` (online, dnd, idle, invisible, offline), "
             "`activities` (tables of `name`, `type` 0 to 5, `state`, `url`), `since` (ms) and "
             "`afk`. Without `since` Discord is sent null.",
     .access = field<discord, &discord_settings::presence>()},
    {.key = "discord.properties.os",
     .least = 1,
     .most = 128,
     .rule = text_rule::plain,
     .help = "The operating system named in Identify.",
     .access = field<discord, properties, &identify_properties::os>()},
    {.key = "discord.properties.browser",
     .least = 1,
     .most = 128,
     .rule = text_rule::plain,
     .help = "The library named in Identify.",
     .access = field<discord, properties, &identify_properties::browser>()},
    {.key = "discord.properties.device",
     .least = 1,
     .most = 128,
     .rule = text_rule::plain,
     .help = "The device named in Identify.",
     .access = field<discord, properties, &identify_properties::device>()},
};

}  // namespace

std::span<const definition> discord_rows() {
  return rows;
}

}  // namespace gatehouse::config
