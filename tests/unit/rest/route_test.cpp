#include <gatehouse/rest/route.hpp>

#include <gtest/gtest.h>

namespace gatehouse::rest {
namespace {

TEST(describe_route, masks_the_tokens_of_interactions_and_webhooks) {
  EXPECT_EQ(describe_route("/interactions/123/aW50ZXJhY3Rpb24/callback"),
            "/interactions/123/…/callback");
  EXPECT_EQ(describe_route("/interactions/123/aW50ZXJhY3Rpb24/callback?with_response=false"),
            "/interactions/123/…/callback");
  EXPECT_EQ(describe_route("/api/v10/interactions/123/secret"), "/api/v10/interactions/123/…");
  EXPECT_EQ(describe_route("/webhooks/9/secret/messages/@original"),
            "/webhooks/9/…/messages/@original");
}

TEST(describe_route, leaves_other_routes_alone) {
  EXPECT_EQ(describe_route("/gateway/bot"), "/gateway/bot");
  EXPECT_EQ(describe_route("/interactions/123"), "/interactions/123");
  EXPECT_EQ(describe_route(""), "");
}

}  // namespace
}  // namespace gatehouse::rest
