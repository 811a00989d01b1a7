#include "access.hpp"
#include "sections.hpp"

namespace gatehouse::config {
namespace {

constexpr auto queue = &settings::queue;
constexpr auto interactions = &settings::interactions;

const definition rows[] = {
    {.key = "queue.memory_mb",
     .type = value_type::integer,
     .least = 1,
     .most = 1'048'576,
     .unit = "MiB",
     .reloadable = true,
     .help = "Memory for undelivered events, per worker.",
     .access = mebibytes<queue, &queue_settings::memory_bytes>()},
    {.key = "queue.spool_after_ms",
     .type = value_type::integer,
     .least = 0,
     .most = 3'600'000,
     .unit = "ms",
     .reloadable = true,
     .help = "An event undelivered for this long is written to disk, even with memory to spare.",
     .access = field<queue, &queue_settings::spool_after>()},
    {.key = "queue.spool_mb",
     .type = value_type::integer,
     .least = 0,
     .most = 1'048'576,
     .unit = "MiB",
     .reloadable = true,
     .help = "Disk for undelivered events, for the whole daemon. 0: no disk.",
     .access = mebibytes<queue, &queue_settings::spool_bytes>()},
    {.key = "queue.shed",
     .type = value_type::text_list,
     .most = 1'024,
     .rule = text_rule::event_name,
     .reloadable = true,
     .help = "The events dropped first when the queue is nearly full; after them the oldest go. "
             "Every drop is counted by event name and logged.",
     .access = field<queue, &queue_settings::shed>()},
    {.key = "queue.retry_initial_ms",
     .type = value_type::integer,
     .least = 1,
     .most = 60'000,
     .unit = "ms",
     .reloadable = true,
     .help = "The first wait before a handler that is down is tried again. It grows, with jitter, "
             "up to `queue.retry_max_ms`.",
     .access = field<queue, &queue_settings::retry_initial>()},
    {.key = "queue.retry_max_ms",
     .type = value_type::integer,
     .least = 1,
     .most = 600'000,
     .unit = "ms",
     .reloadable = true,
     .help = "The longest wait between two tries. At least `queue.retry_initial_ms`.",
     .access = field<queue, &queue_settings::retry_max>()},
    {.key = "queue.max_age_s",
     .type = value_type::integer,
     .least = 0,
     .most = 2'592'000,
     .unit = "s",
     .reloadable = true,
     .help = "Undelivered events older than this are dropped and counted. 0: never; a queued "
             "interaction still does not outlive its 15-minute token.",
     .access = field<queue, &queue_settings::max_age>()},
    {.key = "interactions.defer",
     .type = value_type::boolean,
     .reloadable = true,
     .help = "Answers interactions in place of a handler that cannot be reached.",
     .access = field<interactions, &interaction_settings::defer>()},
    {.key = "interactions.deadline_ms",
     .type = value_type::integer,
     .least = 100,
     .most = 2'900,
     .unit = "ms",
     .reloadable = true,
     .help = "An interaction its handler has not accepted by this age is answered by Gatehouse. "
             "Discord gives 3 s in all.",
     .access = field<interactions, &interaction_settings::deadline>()},
    {.key = "interactions.ephemeral",
     .type = value_type::boolean,
     .reloadable = true,
     .help = "Makes the deferred answers visible to the user alone.",
     .access = field<interactions, &interaction_settings::ephemeral>()},
    {.key = "interactions.message",
     .least = 1,
     .most = 1'900,
     .default_note = "the built-in text",
     .may_be_empty = true,
     .reloadable = true,
     .help = "The text of an answer that cannot be deferred (autocomplete, modal). `{invite}` "
             "becomes `interactions.invite_code`.",
     .access = field<interactions, &interaction_settings::message>()},
    {.key = "interactions.invite_code",
     .least = 1,
     .most = 64,
     .rule = text_rule::invite_code,
     .default_note = "no invite",
     .may_be_empty = true,
     .reloadable = true,
     .help = "The code of an invite to the support server, without `https://discord.gg/`.",
     .access = field<interactions, &interaction_settings::invite_code>()},
};

}  // namespace

std::span<const definition> queue_rows() {
  return rows;
}

}  // namespace gatehouse::config
