#include "access.hpp"
#include "sections.hpp"

namespace gatehouse::config {
namespace {

constexpr auto state = &settings::state;
constexpr auto resharding = &settings::resharding;
constexpr auto admin = &settings::admin;
constexpr auto log = &settings::log;

const definition rows[] = {
    {.key = "state.dir",
     .rule = text_rule::path,
     .help = "The directory of sessions, undelivered events and dead letters. Relative to the "
             "working directory.",
     .access = field<state, &state_settings::dir>()},
    {.key = "state.checkpoint_ms",
     .type = value_type::integer,
     .least = 10,
     .most = 60'000,
     .unit = "ms",
     .help = "How often sessions and their positions are saved. A crash repeats at most the "
             "events since the last time.",
     .access = field<state, &state_settings::checkpoint>()},
    {.key = "state.dead_letters_mb",
     .type = value_type::integer,
     .least = 1,
     .most = 1'048'576,
     .unit = "MiB",
     .help = "Disk for dead letters. Beyond it the oldest are dropped, counted and logged.",
     .access = mebibytes<state, &state_settings::dead_letter_bytes>()},
    {.key = "resharding.enabled",
     .type = value_type::boolean,
     .reloadable = true,
     .help = "Reshards without being asked when the shards are full. By hand it works either way.",
     .access = field<resharding, &resharding_settings::enabled>()},
    {.key = "resharding.shards_full_percentage",
     .type = value_type::integer,
     .least = 1,
     .most = 100,
     .unit = "%",
     .reloadable = true,
     .help = "How full the shards are when a reshard starts; 100 is 2500 guilds a shard.",
     .access = field<resharding, &resharding_settings::shards_full_percentage>()},
    {.key = "resharding.check_interval_ms",
     .type = value_type::integer,
     .least = 1'000,
     .most = 604'800'000,
     .unit = "ms",
     .reloadable = true,
     .help = "How often that is checked.",
     .access = field<resharding, &resharding_settings::check_interval>()},
    {.key = "resharding.keep_identifies",
     .type = value_type::integer,
     .least = 0,
     .most = 100'000,
     .unit = "identifies",
     .reloadable = true,
     .help = "A reshard starts only if it leaves this many of the day's identifies.",
     .access = field<resharding, &resharding_settings::keep_identifies>()},
    {.key = "resharding.timeout_ms",
     .type = value_type::integer,
     .least = 1'000,
     .most = 86'400'000,
     .unit = "ms",
     .reloadable = true,
     .help = "A new set of shards that is not ready after this time is given up; the old one "
             "never stopped.",
     .access = field<resharding, &resharding_settings::timeout>()},
    {.key = "admin.listen",
     .rule = text_rule::listen,
     .may_be_empty = true,
     .help = "The address of the admin HTTP server. `\"\"`: off; port 0: the system chooses.",
     .access = field<admin, &admin_settings::listen>()},
    {.key = "admin.authorization",
     .rule = text_rule::header_value,
     .default_note = "none is asked for",
     .example = "\"${ADMIN_AUTHORIZATION}\"",
     .reloadable = true,
     .secret = true,
     .help = "What the `Authorization` header of admin requests must be. Required unless "
             "`admin.listen` is a loopback address or off. Without it only requests are answered "
             "whose `Host` is an IP address, `localhost` or the name in `admin.listen`.",
     .access = field<admin, &admin_settings::authorization>()},
    {.key = "admin.max_connections",
     .type = value_type::integer,
     .least = 1,
     .most = 100'000,
     .help = "Connections that are served at once. Further clients wait until one ends, or until "
             "the one that has kept the daemon waiting longest is closed.",
     .access = field<admin, &admin_settings::max_connections>()},
    {.key = "admin.certificate_file",
     .rule = text_rule::path,
     .default_note = "plain HTTP",
     .example = "\"/etc/gatehouse/admin.pem\"",
     .may_be_empty = true,
     .help = "The certificate, then those between it and its authority (PEM): the admin port "
             "speaks TLS. `admin.key_file` belongs to it. A reload reads both again.",
     .access = field<admin, &admin_settings::certificate_file>()},
    {.key = "admin.key_file",
     .rule = text_rule::path,
     .default_note = "plain HTTP",
     .example = "\"/etc/gatehouse/admin.key\"",
     .may_be_empty = true,
     .help = "The certificate's private key (PEM), without a passphrase.",
     .access = field<admin, &admin_settings::key_file>()},
    {.key = "log.level",
     .type = value_type::choice,
     .choices = names_of<log_level>,
     .reloadable = true,
     .help = "The least severe lines that are written.",
     .access = field<log, &log_settings::level>()},
    {.key = "log.format",
     .type = value_type::choice,
     .choices = names_of<log_format>,
     .help = "`json`: one object a line.",
     .access = field<log, &log_settings::format>()},
    {.key = "log.file",
     .rule = text_rule::path,
     .default_note = "standard error",
     .may_be_empty = true,
     .help = "The file log lines are appended to; USR1 opens it again after a rotation.",
     .access = field<log, &log_settings::file>()},
    {.key = "controllers.libraries",
     .type = value_type::text_list,
     .most = 64,
     .rule = text_rule::path,
     .help = "Shared libraries that replace decisions of the daemon, loaded in this order.",
     .access = field<&settings::controller_libraries>()},
};

}  // namespace

std::span<const definition> operation_rows() {
  return rows;
}

}  // namespace gatehouse::config
