#include "routes.hpp"

#include <gatehouse/fleet/view.hpp>

namespace gatehouse::admin {
namespace {

void append_members(json_writer& out, const fleet::fleet_view& view) {
  out.key("members").begin_array();
  for (const auto& each : view.members) {
    out.begin_object().member("name", each.name).member("incarnation", each.incarnation);
    out.member("state", each.state).member("shards", each.planned);
    out.member("silentForMs", each.silence);
    out.member("isCoordinator", each.is_coordinator).end_object();
  }
  out.end_array();
}

void append_shards(json_writer& out, const fleet::fleet_view& view) {
  out.key("shards").begin_array();
  for (const auto& each : view.shards) {
    out.begin_object().member("id", each.shard_id).member("member", each.planned_for);
    if (!each.here.empty()) out.member("here", each.here).member("epoch", each.epoch);
    out.end_object();
  }
  out.end_array();
}

std::string compose(const fleet::fleet_view* view) {
  json_writer out;
  out.begin_object().member("enabled", view != nullptr);
  if (view == nullptr) return out.end_object().take();
  out.member("name", view->name).member("member", view->member);
  out.member("incarnation", view->incarnation).member("state", view->state);
  out.member("contact", view->contact).member("isCoordinator", view->is_coordinator);
  out.member("term", view->term).member("planRevision", view->plan_revision);
  out.member("totalShards", view->total_shards);
  append_members(out, *view);
  append_shards(out, *view);
  out.key("engine").begin_object().member("connected", view->is_engine_connected);
  out.member("server", view->engine_server).member("lastError", view->engine_error);
  out.member("silentForMs", view->engine_silence).end_object();
  out.member("takeovers", view->takeovers).member("writesRefused", view->writes_refused);
  out.member("badMessages", view->bad_messages);
  return out.end_object().take();
}

}  // namespace

void add_cluster_routes(std::vector<route>& rows, const control_sources& sources) {
  rows.push_back({"GET", "/cluster", access::authorized,
                  answer_with([&board = sources.metrics](const request&) {
                    const auto fleet = board.manager().fleet;
                    return response{.body = compose(fleet.get())};
                  })});
}

}  // namespace gatehouse::admin
