#include <gatehouse/fleet/agent.hpp>

#include <map>
#include <set>

/// What one member knows, for whoever asks.
namespace gatehouse::fleet {
namespace {

std::string_view name_of(contact now) {
  switch (now) {
    case contact::live:
      return "live";
    case contact::isolated:
      return "isolated";
    case contact::stopped:
      break;
  }
  return "stopped";
}

std::string_view name_of(const hold& of) {
  switch (of.now_in) {
    case hold::stage::idle:
      return "";
    case hold::stage::held:
      return "owned";
    case hold::stage::releasing:
    case hold::stage::returning:
      return "releasing";
    case hold::stage::reading:
    case hold::stage::reading_position:
    case hold::stage::claiming:
      break;
  }
  return "claiming";
}

/// Every member that the plan or a heartbeat names.
std::set<std::string> names_in(const member& of, runtime::time_point now) {
  std::set<std::string> names;
  for (const auto& [name, incarnation] : of.plan().seen) names.insert(name);
  for (const auto* each : of.members().alive(now)) names.insert(each->from.member);
  return names;
}

fleet_view::member_line line_of(const member& of, const std::string& name,
                                runtime::time_point now) {
  const auto& plan = of.plan();
  fleet_view::member_line line;
  line.name = name;
  const auto* beat = of.members().find(name);
  const auto seen = plan.seen.find(name);
  line.incarnation = beat != nullptr           ? beat->from.incarnation
                     : seen == plan.seen.end() ? 0
                                               : seen->second;
  line.silence = of.members().silence(name, now);
  if (plan.is_dead({name, line.incarnation})) {
    line.state = "dead";
  } else if (beat == nullptr || !of.members().is_alive(name, now)) {
    line.state = "silent";
  } else if (!plan.fingerprint.empty() && beat->fingerprint != plan.fingerprint) {
    line.state = "misfit";
  } else {
    line.state = beat->state == member_state::draining ? "draining" : "ready";
  }
  line.is_coordinator = beat != nullptr && beat->term != 0 && beat->term >= of.newest_term();
  return line;
}

void add_shards(fleet_view& to, const member& of) {
  for (int id = 0; id < of.plan().total_shards(); ++id) {
    fleet_view::shard_line line{id, of.plan().owners[static_cast<std::size_t>(id)], {}, 0};
    if (const auto held = of.holds().find(id); held != of.holds().end()) {
      line.here = name_of(held->second);
      if (!line.here.empty()) line.epoch = held->second.record.epoch;
    }
    to.assigned += line.planned_for == of.self().member ? 1U : 0U;
    to.owned += line.here == "owned" ? 1U : 0U;
    to.claiming += line.here == "claiming" ? 1U : 0U;
    to.shards.push_back(std::move(line));
  }
}

void add_member(fleet_view& to, const member& of, runtime::time_point now) {
  to.incarnation = of.self().incarnation;
  to.contact = name_of(of.contact_now());
  to.is_coordinator = of.is_coordinator();
  to.term = of.newest_term();
  to.plan_revision = of.plan_revision();
  to.total_shards = of.plan().total_shards();
  to.takeovers = of.takeovers();
  std::map<std::string, std::size_t> planned;
  for (const auto& owner : of.plan().owners) ++planned[owner];
  for (const auto& name : names_in(of, now)) {
    auto line = line_of(of, name, now);
    line.planned = planned[name];
    to.members.push_back(std::move(line));
  }
  add_shards(to, of);
}

}  // namespace

fleet_view agent::view() const {
  const auto now = runtime::clock::now();
  fleet_view view;
  view.name = settings_.name;
  view.member = settings_.member.member;
  view.contact = "isolated";
  view.state = !member_                           ? "waiting for NATS"
               : when_drained_                    ? "draining"
               : member_->self().incarnation == 0 ? "joining"
                                                  : "joined";
  if (member_) add_member(view, *member_, now);
  const auto engine = engine_.status();
  view.is_engine_connected = engine.is_connected;
  view.engine_server = engine.server;
  view.engine_error = engine.last_error;
  if (answered_) view.engine_silence = now - *answered_;
  view.writes_refused = writes_refused_;
  view.bad_messages = bad_messages_;
  return view;
}

}  // namespace gatehouse::fleet
