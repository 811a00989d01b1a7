#include "access.hpp"
#include "sections.hpp"

namespace gatehouse::config {
namespace {

constexpr auto events = &settings::events;

const definition rows[] = {
    {.key = "events.only",
     .type = value_type::text_list,
     .most = 1'024,
     .rule = text_rule::event_name,
     .default_note = "all events",
     .reloadable = true,
     .help = "If not empty, only these events are forwarded.",
     .access = field<events, &event_settings::only>()},
    {.key = "events.drop",
     .type = value_type::text_list,
     .most = 1'024,
     .rule = text_rule::event_name,
     .reloadable = true,
     .help = "These events are not forwarded. An event cannot be in `events.only` too.",
     .access = field<events, &event_settings::drop>()},
    {.key = "events.edited_message_ttl_ms",
     .type = value_type::integer,
     .least = 0,
     .most = 3'600'000,
     .unit = "ms",
     .reloadable = true,
     .help = "A MESSAGE_UPDATE that only adds embeds to a message seen within this time is not "
             "forwarded: links being unfurled. 0: forward all.",
     .access = field<events, &event_settings::edited_message_ttl>()},
    {.key = "events.guild_create",
     .type = value_type::choice,
     .choices = names_of<guild_create_mode>,
     .reloadable = true,
     .help = "`loaded_dd`: a guild announced in READY arrives as GUILD_LOADED_DD, one that is "
             "unavailable or back from an outage is not sent, and only a real join is "
             "GUILD_CREATE. `events.only` and `events.drop` treat GUILD_LOADED_DD like "
             "GUILD_CREATE unless they name it; a route has to name it.",
     .access = field<events, &event_settings::guild_create>()},
    {.key = "events.route.events",
     .type = value_type::text_list,
     .least = 1,
     .most = 1'024,
     .rule = text_rule::event_name,
     .example = "[\"INTERACTION_CREATE\"]",
     .required = true,
     .reloadable = true,
     .help = "These events go to the `urls` of this route instead of `handlers.urls`. An event "
             "has at most one route.",
     .access = route_field<&event_route::events>()},
    {.key = "events.route.urls",
     .type = value_type::text_list,
     .least = 1,
     .most = 1'024,
     .rule = text_rule::handler_url,
     .example = "[\"http://127.0.0.1:8082\"]",
     .required = true,
     .reloadable = true,
     .help = "The handlers of this route; shard s uses `urls[s mod count]`.",
     .access = route_field<&event_route::urls>()},
};

}  // namespace

std::span<const definition> event_rows() {
  return rows;
}

}  // namespace gatehouse::config
