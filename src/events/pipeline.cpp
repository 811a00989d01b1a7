#include <gatehouse/events/pipeline.hpp>

#include <utility>

namespace gatehouse::events {
namespace {

void count(std::vector<std::uint64_t>& counters, event_type type) {
  const auto index = static_cast<std::size_t>(type);
  if (index >= counters.size()) counters.resize(index + 1);
  ++counters[index];
}

}  // namespace

pipeline::pipeline(const config::event_settings& settings, event_type_registry& types,
                   event_pool& pool, event_sink& sink)
    : types_(types),
      pool_(pool),
      sink_(sink),
      ready_(types.intern("READY")),
      default_(settings.only.empty() ? verdict::forward : verdict::drop) {
  add_rule(settings.only, verdict::forward);
  add_rule(settings.drop, verdict::drop);
}

void pipeline::add_rule(const std::vector<std::string>& names, verdict rule) {
  for (const auto& name : names) {
    const auto index = static_cast<std::size_t>(types_.intern(name));
    if (index >= rules_.size()) rules_.resize(index + 1, default_);
    rules_[index] = rule;
  }
}

pipeline::verdict pipeline::judge(event_type type) const noexcept {
  const auto index = static_cast<std::size_t>(type);
  return index < rules_.size() ? rules_[index] : default_;
}

void pipeline::handle(const session_log_ptr& session, const dispatch& received,
                      runtime::time_point now) {
  const event_type type = types_.intern(received.type);
  count(counters_.received, type);
  session->open(received.seq);
  if (judge(type) == verdict::drop) {
    count(counters_.filtered, type);
    session->settle(received.seq);
    return;
  }
  event_ptr made = pool_.make(received.body_prefix, received.payload);
  made->session = session;
  made->seq = received.seq;
  made->guild_id = received.guild_id;
  made->type = type;
  made->is_barrier = type == ready_;
  made->received = now;
  sink_.accept(std::move(made));
}

}  // namespace gatehouse::events
