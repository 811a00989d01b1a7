#include <gatehouse/admin/router.hpp>

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace gatehouse::admin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

handler nothing() {
  return answer_with([](const request&) { return response{}; });
}

class router_test : public testing::Test {
 protected:
  router_test()
      : routes_({{"GET", "/", access::authorized, nothing()},
                 {"POST", "/", access::authorized, nothing()},
                 {"GET", "/healthz", access::open, nothing()},
                 {"GET", "/shards", access::authorized, nothing()},
                 {"GET", "/shards/{id}", access::authorized, nothing()},
                 {"POST", "/shards/{id}/payload", access::authorized, nothing()},
                 {"GET", "/guilds/{guild}/x/{user}", access::authorized, nothing()},
                 {"DELETE", "/mixed", access::authorized, nothing()},
                 {"GET", "/mixed", access::open, nothing()}}) {}

  /// The pattern of the row found; empty if there is none.
  [[nodiscard]] std::string found(std::string_view method, std::string_view path) const {
    const auto result = routes_.find(method, path);
    const auto* match = std::get_if<route_match>(&result);
    return match != nullptr ? match->row->method + ' ' + match->row->pattern : std::string{};
  }
  [[nodiscard]] bool is_not_found(std::string_view path) const {
    return std::holds_alternative<not_found>(routes_.find("GET", path));
  }

  router routes_;
};

TEST_F(router_test, finds_rows_by_method_and_path) {
  EXPECT_EQ(found("GET", "/"), "GET /");
  EXPECT_EQ(found("POST", "/"), "POST /");
  EXPECT_EQ(found("GET", "/shards"), "GET /shards");
  EXPECT_EQ(found("GET", "/shards/3"), "GET /shards/{id}");
  EXPECT_EQ(found("POST", "/shards/3/payload"), "POST /shards/{id}/payload");
}

TEST_F(router_test, hands_out_what_the_pattern_matched) {
  const auto result = routes_.find("GET", "/guilds/41771983423143937/x/7");
  ASSERT_TRUE(std::holds_alternative<route_match>(result));
  EXPECT_THAT(std::get<route_match>(result).parameters, ElementsAre("41771983423143937", "7"));
  EXPECT_THAT(std::get<route_match>(routes_.find("GET", "/shards")).parameters, IsEmpty());
}

TEST_F(router_test, head_is_get_without_a_body) {
  EXPECT_EQ(found("HEAD", "/healthz"), "GET /healthz");
  EXPECT_EQ(found("HEAD", "/shards/3/payload"), "");
}

TEST_F(router_test, near_misses_are_not_found) {
  for (const auto* path : {"", "shards", "/shards/", "/shards//payload", "/shards/3/", "//",
                           "/shards/3/payload/x", "/Healthz", "/healthz/", "/guilds/1/x"}) {
    EXPECT_TRUE(is_not_found(path)) << path;
  }
}

TEST_F(router_test, another_method_is_told_which_ones_there_are) {
  const auto result = routes_.find("PUT", "/");
  ASSERT_TRUE(std::holds_alternative<method_not_allowed>(result));
  EXPECT_EQ(std::get<method_not_allowed>(result).allow, "GET, HEAD, POST");
  EXPECT_EQ(std::get<method_not_allowed>(result).needs, access::authorized);
}

TEST_F(router_test, a_wrong_method_is_open_only_if_every_row_is) {
  EXPECT_EQ(std::get<method_not_allowed>(routes_.find("POST", "/healthz")).needs, access::open);
  EXPECT_EQ(std::get<method_not_allowed>(routes_.find("POST", "/mixed")).needs, access::authorized);
}

TEST(error_response, escapes_its_text) {
  const auto made = error_response(409, "no \"shard\"\n");
  EXPECT_EQ(made.status, 409U);
  EXPECT_EQ(made.body, R"({"error":"no \"shard\"\n"})");
}

}  // namespace
}  // namespace gatehouse::admin
