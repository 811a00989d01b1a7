#include "access.hpp"
#include "sections.hpp"

namespace gatehouse::config {
namespace {

constexpr auto nats = &settings::nats;

const definition rows[] = {
    {.key = "nats.servers",
     .type = value_type::text_list,
     .most = 64,
     .rule = text_rule::nats_server,
     .example = "[\"nats://127.0.0.1:4222\"]",
     .help = "Servers of one NATS cluster, for `jetstream:` handlers and `cluster.enabled`. "
             "`tls://` encrypts; servers "
             "on other machines need credentials.",
     .access = field<nats, &nats_settings::servers>()},
    {.key = "nats.credentials_file",
     .rule = text_rule::path,
     .default_note = "none",
     .may_be_empty = true,
     .help = "A `.creds` file of NATS; besides it neither `nats.user` nor `nats.token`.",
     .access = field<nats, &nats_settings::credentials_file>()},
    {.key = "nats.user",
     .rule = text_rule::plain,
     .default_note = "none",
     .example = "\"gatehouse\"",
     .may_be_empty = true,
     .help = "With `nats.password`.",
     .access = field<nats, &nats_settings::user>()},
    {.key = "nats.password",
     .rule = text_rule::plain,
     .default_note = "none",
     .example = "\"${NATS_PASSWORD}\"",
     .secret = true,
     .help = "Of `nats.user`.",
     .access = field<nats, &nats_settings::password>()},
    {.key = "nats.token",
     .rule = text_rule::plain,
     .default_note = "none",
     .example = "\"${NATS_TOKEN}\"",
     .secret = true,
     .help = "Where the servers ask for a token alone.",
     .access = field<nats, &nats_settings::token>()},
    {.key = "nats.ca_file",
     .rule = text_rule::path,
     .default_note = "system roots",
     .may_be_empty = true,
     .help = "A PEM file of the certificates that `tls://` servers are checked against.",
     .access = field<nats, &nats_settings::ca_file>()},
    {.key = "nats.certificate_file",
     .rule = text_rule::path,
     .default_note = "none",
     .may_be_empty = true,
     .help = "A PEM file with the certificate that is shown to `tls://` servers, and its chain.",
     .access = field<nats, &nats_settings::certificate_file>()},
    {.key = "nats.key_file",
     .rule = text_rule::path,
     .default_note = "none",
     .may_be_empty = true,
     .help = "The private key of `nats.certificate_file`.",
     .access = field<nats, &nats_settings::key_file>()},
    {.key = "nats.timeout_ms",
     .type = value_type::integer,
     .least = 100,
     .most = 60'000,
     .unit = "ms",
     .help = "For a connection, and for an acknowledgement. Events without one are sent again "
             "after a pause.",
     .access = field<nats, &nats_settings::timeout>()},
    {.key = "nats.replicas",
     .type = value_type::integer,
     .least = 1,
     .most = 5,
     .unit = "servers",
     .help = "How many servers keep a stream or bucket that is created. With 1 it is gone with its "
             "machine.",
     .access = field<nats, &nats_settings::replicas>()},
    {.key = "nats.create",
     .type = value_type::boolean,
     .help =
         "Create the stream of a `jetstream:` handler when no stream listens to its subject, and "
         "the bucket of `cluster.enabled`. An existing one is never altered.",
     .access = field<nats, &nats_settings::create>()},
    {.key = "nats.events_max_mb",
     .type = value_type::integer,
     .least = 1,
     .most = 1'073'741'824,
     .unit = "MiB",
     .help = "Of a stream that is created: what it holds at most. A full one takes nothing more, "
             "and events wait here.",
     .access = mebibytes<nats, &nats_settings::events_max_bytes>()},
    {.key = "nats.events_max_age_s",
     .type = value_type::integer,
     .least = 0,
     .most = 31'536'000,
     .unit = "s",
     .help = "Of a stream that is created: how long it keeps an event. 0: for ever.",
     .access = field<nats, &nats_settings::events_max_age>()},
    {.key = "nats.duplicate_window_s",
     .type = value_type::integer,
     .least = 1,
     .most = 86'400,
     .unit = "s",
     .help = "Of a stream that is created: how long it recognises a repeated event. Takes about "
             "250 bytes of the servers' memory an event.",
     .access = field<nats, &nats_settings::duplicate_window>()},
};

}  // namespace

std::span<const definition> nats_rows() {
  return rows;
}

}  // namespace gatehouse::config
