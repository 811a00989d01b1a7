#include "access.hpp"
#include "sections.hpp"

namespace gatehouse::config {
namespace {

constexpr auto rest = &settings::rest;
constexpr auto gateway = &settings::gateway;

const definition rows[] = {
    {.key = "rest.url",
     .rule = text_rule::rest_url,
     .help = "Where REST requests go: `{url}/v{api_version}{route}`. A discordeno REST process is "
             "`http://host:8000`; nirn-proxy and twilight http-proxy are `http://host:port/api`. "
             "A slash at the end is ignored.",
     .access = field<rest, &rest_settings::url>()},
    {.key = "rest.authorization",
     .rule = text_rule::header_value,
     .default_note = "`Bot <token>` is sent",
     .example = "\"${REST_AUTHORIZATION}\"",
     .secret = true,
     .help = "Sent as it is in the `Authorization` header of REST requests, for a REST proxy with "
             "a secret of its own.",
     .access = field<rest, &rest_settings::authorization>()},
    {.key = "rest.timeout_ms",
     .type = value_type::integer,
     .least = 100,
     .most = 600'000,
     .unit = "ms",
     .help = "A REST request without an answer after this time has failed.",
     .access = field<rest, &rest_settings::timeout>()},
    {.key = "gateway.total_shards",
     .type = value_type::integer,
     .least = 0,
     .most = 100'000,
     .unit = "shards",
     .help = "The number of shards of the whole bot. 0: what Discord recommends, rounded up the "
             "way large bots need it.",
     .access = field<gateway, &gateway_settings::total_shards>()},
    {.key = "gateway.first_shard_id",
     .type = value_type::integer,
     .least = 0,
     .most = 99'999,
     .help = "The first shard this process runs.",
     .access = field<gateway, &gateway_settings::first_shard_id>()},
    {.key = "gateway.last_shard_id",
     .type = value_type::integer,
     .least = -1,
     .most = 99'999,
     .help = "The last shard this process runs, inclusive. -1: the last of all.",
     .access = field<gateway, &gateway_settings::last_shard_id>()},
    {.key = "gateway.shards_per_worker",
     .type = value_type::integer,
     .least = 1,
     .most = 100'000,
     .unit = "shards",
     .help = "With `gateway.spread = \"block\"`, shard s runs on worker min(floor(s / "
             "shards_per_worker), total_workers - 1).",
     .access = field<gateway, &gateway_settings::shards_per_worker>()},
    {.key = "gateway.total_workers",
     .type = value_type::integer,
     .least = 1,
     .most = 256,
     .unit = "workers",
     .help = "The number of worker threads. More than the machine has cores gains nothing.",
     .access = field<gateway, &gateway_settings::total_workers>()},
    {.key = "gateway.spread",
     .type = value_type::choice,
     .choices = names_of<spread>,
     .help = "How shards are spread over workers: `block` by `gateway.shards_per_worker`, "
             "`round_robin` by shard mod total_workers.",
     .access = field<gateway, &gateway_settings::shard_spread>()},
    {.key = "gateway.spawn_shard_delay_ms",
     .type = value_type::integer,
     .least = 0,
     .most = 600'000,
     .unit = "ms",
     .help = "Time between two identifies of one max_concurrency bucket. Discord asks for 5000; "
             "less makes it answer with invalid sessions.",
     .access = field<gateway, &gateway_settings::spawn_shard_delay>()},
    {.key = "gateway.reconnect_deaf",
     .type = value_type::boolean,
     .help = "A shard whose heartbeats are acknowledged, but that has delivered nothing for far "
             "longer than it usually is silent, is reconnected by resume. Otherwise it is only "
             "reported.",
     .access = field<gateway, &gateway_settings::reconnect_deaf>()},
};

}  // namespace

std::span<const definition> connection_rows() {
  return rows;
}

}  // namespace gatehouse::config
