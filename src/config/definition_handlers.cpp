#include "access.hpp"
#include "sections.hpp"

namespace gatehouse::config {
namespace {

constexpr auto handlers = &settings::handlers;
constexpr std::array envelope_names{"message"sv, "payload"sv, "data"sv};

const definition rows[] = {
    {.key = "handlers.urls",
     .type = value_type::text_list,
     .least = 1,
     .most = 1'024,
     .rule = text_rule::handler_url,
     .example = "[\"http://127.0.0.1:8081\"]",
     .required = true,
     .reloadable = true,
     .help = "Where events are posted: shard s uses `urls[s mod count]`. A Unix socket is "
             "`http+unix:///path.sock:/route`; `jetstream:SUBJECT` is a stream of NATS JetStream "
             "(`[nats]`).",
     .access = field<handlers, &handler_settings::urls>()},
    {.key = "handlers.authorization",
     .rule = text_rule::header_value,
     .default_note = "no such header",
     .example = "\"${HANDLER_AUTHORIZATION}\"",
     .reloadable = true,
     .secret = true,
     .help = "Sent as it is in the `Authorization` header of every event.",
     .access = field<handlers, &handler_settings::authorization>()},
    {.key = "handlers.envelope",
     .type = value_type::choice,
     .choices = envelope_names,
     .reloadable = true,
     .help = "The name of the payload's key in the body. discordeno 19 and later expects "
             "`payload`.",
     .access = field<handlers, &handler_settings::envelope>()},
    {.key = "handlers.ordering",
     .type = value_type::choice,
     .choices = names_of<ordering>,
     .reloadable = true,
     .help = "What is delivered strictly one after another: the events of a guild, of a shard, or "
             "nothing.",
     .access = field<handlers, &handler_settings::lane_ordering>()},
    {.key = "handlers.max_in_flight",
     .type = value_type::integer,
     .least = 1,
     .most = 65'536,
     .unit = "requests",
     .reloadable = true,
     .help = "Requests under way at once, per worker and handler URL.",
     .access = field<handlers, &handler_settings::max_in_flight>()},
    {.key = "handlers.batch_max_events",
     .type = value_type::integer,
     .least = 1,
     .most = 1'000,
     .unit = "events",
     .reloadable = true,
     .help = "Above 1, whatever waits is sent together as a JSON array of at most this many "
             "events; nothing waits for a batch to fill. Combines with `handlers.pipeline_depth`: "
             "each pipelined request is then a batch.",
     .access = field<handlers, &handler_settings::batch_max_events>()},
    {.key = "handlers.pipeline_depth",
     .type = value_type::integer,
     .least = 1,
     .most = 1'000,
     .unit = "requests",
     .reloadable = true,
     .help = "Above 1, requests sent on one connection before their answers (HTTP/1.1 "
             "pipelining), for handlers whose server accepts it. Combines with "
             "`handlers.batch_max_events`.",
     .access = field<handlers, &handler_settings::pipeline_depth>()},
    {.key = "handlers.timeout_ms",
     .type = value_type::integer,
     .least = 100,
     .most = 600'000,
     .unit = "ms",
     .reloadable = true,
     .help = "A request without an answer after this time has failed: its event is sent again "
             "after a pause, and after three such failures in a row, none accepted between, the "
             "handler counts as down.",
     .access = field<handlers, &handler_settings::timeout>()},
    {.key = "handlers.refused_limit",
     .type = value_type::integer,
     .least = 0,
     .most = 1'000'000,
     .unit = "events",
     .reloadable = true,
     .help = "So many events refused (4xx) in a row, none accepted between: the URL is taken for "
             "broken, and its events wait as after a 404 instead of becoming dead letters. 0: "
             "never.",
     .access = field<handlers, &handler_settings::refused_limit>()},
    {.key = "handlers.poison_attempts",
     .type = value_type::integer,
     .least = 0,
     .most = 1'000'000,
     .unit = "attempts",
     .reloadable = true,
     .help = "An event that failed so often by itself, while its URL served others, becomes a dead "
             "letter. 0: it is sent again for ever.",
     .access = field<handlers, &handler_settings::poison_attempts>()},
    {.key = "handlers.signing_secret",
     .default_note = "no signature",
     .example = "\"${HANDLER_SIGNING_SECRET}\"",
     .reloadable = true,
     .secret = true,
     .help = "Adds `X-Gatehouse-Signature`, an HMAC-SHA256 over time and body with this secret.",
     .access = field<handlers, &handler_settings::signing_secret>()},
    {.key = "handlers.ca_file",
     .rule = text_rule::path,
     .default_note = "system roots only",
     .may_be_empty = true,
     .reloadable = true,
     .help = "A PEM file of certificates that are trusted besides the system's, for https "
             "handlers.",
     .access = field<handlers, &handler_settings::ca_file>()},
    {.key = "handlers.certificate_file",
     .rule = text_rule::path,
     .default_note = "none",
     .example = "\"/etc/gatehouse/handler-client.pem\"",
     .may_be_empty = true,
     .reloadable = true,
     .help = "The certificate, then those between it and its authority (PEM), for https handlers "
             "that ask their clients for one. `handlers.key_file` belongs to it. A reload reads "
             "both again.",
     .access = field<handlers, &handler_settings::certificate_file>()},
    {.key = "handlers.key_file",
     .rule = text_rule::path,
     .default_note = "none",
     .example = "\"/etc/gatehouse/handler-client.key\"",
     .may_be_empty = true,
     .reloadable = true,
     .help = "The certificate's private key (PEM), without a passphrase.",
     .access = field<handlers, &handler_settings::key_file>()},
};

}  // namespace

std::span<const definition> handler_rows() {
  return rows;
}

}  // namespace gatehouse::config
