#include "control_fixture.hpp"
#include "fleet_metrics.hpp"

#include <gmock/gmock.h>

#include <memory>

namespace gatehouse::admin {
namespace {

using testing::HasSubstr;

fleet::fleet_view a_fleet() {
  fleet::fleet_view view;
  view.name = "mybot";
  view.member = "gw1";
  view.incarnation = 3;
  view.state = "joined";
  view.contact = "live";
  view.is_coordinator = true;
  view.plan_revision = 81;
  view.total_shards = 2;
  view.members = {{"gw1", 3, "ready", 1, runtime::milliseconds{100}, true},
                  {"gw2", 1, "dead", 1, runtime::milliseconds{7'500}, false}};
  view.shards = {{0, "gw1", "owned", 4}, {1, "gw2", "", 0}};
  view.assigned = view.owned = 1;
  view.is_engine_connected = true;
  view.engine_server = "nats://n1:4222";
  view.takeovers = 5;
  return view;
}

class routes_cluster : public test::control_fixture {};

TEST_F(routes_cluster, says_that_there_is_no_fleet) {
  EXPECT_EQ(ask("GET", "/cluster").body, R"({"enabled":false})");
  EXPECT_EQ(needs_, access::authorized);
}

TEST_F(routes_cluster, shows_members_shards_and_nats) {
  cluster::manager_metrics manager;
  manager.fleet = std::make_shared<const fleet::fleet_view>(a_fleet());
  metrics_.publish(manager);
  const auto body = ask("GET", "/cluster").body;
  EXPECT_THAT(body, HasSubstr(R"("name":"mybot","member":"gw1","incarnation":3)"));
  EXPECT_THAT(body, HasSubstr(R"({"name":"gw2","incarnation":1,"state":"dead","shards":1,)"
                              R"("silentForMs":7500,"isCoordinator":false})"));
  EXPECT_THAT(body, HasSubstr(R"([{"id":0,"member":"gw1","here":"owned","epoch":4},)"
                              R"({"id":1,"member":"gw2"}])"));
  EXPECT_THAT(body, HasSubstr(R"("engine":{"connected":true,"server":"nats://n1:4222")"));
}

TEST(fleet_metrics, show_what_the_member_knows) {
  metric_text out;
  add_fleet(out, a_fleet());
  const auto text = out.take();
  EXPECT_THAT(text, HasSubstr("gatehouse_cluster_members{state=\"ready\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_cluster_members{state=\"dead\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_cluster_shards{state=\"owned\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_cluster_isolated 0\n"));
  EXPECT_THAT(text, HasSubstr("gatehouse_cluster_takeovers_total 5\n"));
}

}  // namespace
}  // namespace gatehouse::admin
