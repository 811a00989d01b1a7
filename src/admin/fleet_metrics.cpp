#include "fleet_metrics.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace gatehouse::admin {
namespace {

using kind = metric_text::kind;

std::uint64_t flag(bool is) {
  return is ? 1U : 0U;
}

void add_members(metric_text& out, const fleet::fleet_view& view) {
  static constexpr std::array<std::string_view, 5> states{"ready", "draining", "silent", "dead",
                                                          "misfit"};
  out.family("gatehouse_cluster_members", kind::gauge,
             "Members of the fleet, as this one sees them, by state.");
  for (const auto state : states) {
    const auto count = std::count_if(view.members.begin(), view.members.end(),
                                     [state](const auto& each) { return each.state == state; });
    out.sample({{"state", state}}, static_cast<std::uint64_t>(count));
  }
}

}  // namespace

void add_fleet(metric_text& out, const fleet::fleet_view& view) {
  add_members(out, view);
  out.family("gatehouse_cluster_is_coordinator", kind::gauge, "1: this member plans.");
  out.sample(flag(view.is_coordinator));
  out.family("gatehouse_cluster_plan_revision", kind::gauge,
             "Of the plan that this member follows.");
  out.sample(view.plan_revision);
  out.family("gatehouse_cluster_shards", kind::gauge, "Shards of this member.");
  out.sample({{"state", "assigned"}}, std::uint64_t{view.assigned});
  out.sample({{"state", "owned"}}, std::uint64_t{view.owned});
  out.sample({{"state", "claiming"}}, std::uint64_t{view.claiming});
  out.family("gatehouse_cluster_isolated", kind::gauge, "1: this member has no contact to NATS.");
  out.sample(flag(view.contact != "live"));
  out.family("gatehouse_cluster_engine_connected", kind::gauge,
             "1: there are connections to a NATS server.");
  out.sample(flag(view.is_engine_connected));
  out.family("gatehouse_cluster_engine_silence_seconds", kind::gauge,
             "Since NATS has last answered, in seconds.");
  out.sample({}, std::chrono::duration<double>(view.engine_silence).count());
  out.family("gatehouse_cluster_cas_refused_total", kind::counter,
             "Writes that NATS has refused, for another member was faster.");
  out.sample(view.writes_refused);
  out.family("gatehouse_cluster_takeovers_total", kind::counter,
             "Shards taken over from members that were dead.");
  out.sample(view.takeovers);
  out.family("gatehouse_cluster_bad_messages_total", kind::counter,
             "Messages of other members that made no sense and were ignored.");
  out.sample(view.bad_messages);
}

}  // namespace gatehouse::admin
