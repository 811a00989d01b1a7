#include "certificate.hpp"

#include "test_client.hpp"

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

TEST(certificate, is_made_anew_each_time) {
  const auto first = make_server_certificate();
  const auto second = make_server_certificate();
  EXPECT_NE(first.certificate_pem, second.certificate_pem);
  EXPECT_NE(first.ca_pem, first.certificate_pem);
}

TEST(certificate, verifies_for_loopback_against_its_own_authority) {
  const simulator discord({.gateway_tls = true, .rest_tls = true});
  EXPECT_TRUE(discord.rest_url().starts_with("https://"));
  const auto answer =
      test::http_get(discord.rest_port(), "/api/v10/gateway/bot", {}, discord.ca_pem());
  EXPECT_NE(answer.find("wss://127.0.0.1:"), std::string::npos) << answer;
}

TEST(certificate, is_refused_under_another_authority) {
  const simulator discord({.rest_tls = true});
  const auto stranger = make_server_certificate();
  EXPECT_THROW(test::http_get(discord.rest_port(), "/", {}, stranger.ca_pem),
               boost::system::system_error);
}

TEST(certificate, serves_the_gateway_over_tls) {
  const simulator discord({.gateway_tls = true});
  test::test_client client(discord.gateway_port(), "v=10&encoding=json", discord.ca_pem());
  EXPECT_NE(client.identify().find(R"("session_id")"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::sim
