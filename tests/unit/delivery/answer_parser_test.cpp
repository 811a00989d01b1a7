#include <gatehouse/delivery/answer_parser.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace gatehouse::delivery {
namespace {

using outcome = answer_parser::outcome;

struct parsed {
  std::vector<int> statuses;
  std::vector<bool> keep_alive;
  std::string retry_after;
  bool failed = false;
  bool has_begun = false;
};

/// Feeds `text` in pieces of `step` bytes.
parsed parse(std::string_view text, std::size_t step) {
  answer_parser parser;
  parsed result;
  while (!text.empty() && !result.failed) {
    auto piece = text.substr(0, step);
    text.remove_prefix(piece.size());
    while (!piece.empty()) {
      const auto fed = parser.feed(piece);
      if (fed.what == outcome::complete) {
        result.statuses.push_back(parser.last().status);
        result.keep_alive.push_back(parser.last().keep_alive);
        result.retry_after = parser.last().retry_after;
      }
      result.failed = fed.what == outcome::failed;
      if (result.failed) break;
      EXPECT_LE(fed.consumed, piece.size());
      piece.remove_prefix(fed.consumed);
    }
  }
  result.has_begun = parser.has_begun();
  return result;
}

/// Every way of cutting the bytes must give the same answers.
void expect_statuses(const std::string& text, const std::vector<int>& statuses) {
  for (std::size_t step = 1; step <= text.size(); ++step) {
    const auto result = parse(text, step);
    ASSERT_EQ(result.statuses, statuses) << "in steps of " << step;
    ASSERT_FALSE(result.failed);
    ASSERT_FALSE(result.has_begun);
  }
}

TEST(answer_parser, reads_common_answers) {
  expect_statuses("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", {200});
  expect_statuses("HTTP/1.1 204 No Content\r\n\r\n", {204});
  expect_statuses("HTTP/1.1 202 \r\ndate: now\r\nCONTENT-LENGTH:0\r\n\r\n", {202});
  expect_statuses(
      "HTTP/1.1 200 OK\r\nX-Powered-By: Express\r\nConnection: keep-alive\r\n"
      "Keep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n",
      {200});
}

TEST(answer_parser, reads_pipelined_answers) {
  expect_statuses(
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\nContent-Length: 3\r\n\r\n"
      "badHTTP/1.1 204 No Content\r\n\r\n",
      {200, 500, 204});
}

TEST(answer_parser, reads_chunked_answers) {
  expect_statuses(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n"
      "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
      {200, 201});
}

TEST(answer_parser, skips_interim_answers) {
  expect_statuses(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
      "HTTP/1.1 204 No Content\r\n\r\n",
      {204});
}

TEST(answer_parser, reports_what_ends_the_connection) {
  const std::string close = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  const std::string old = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";
  const std::string old_kept =
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(parse(close, 1000).keep_alive, std::vector<bool>{false});
  EXPECT_EQ(parse(old, 1000).keep_alive, std::vector<bool>{false});
  EXPECT_EQ(parse(old_kept, 1000).keep_alive, std::vector<bool>{true});
  EXPECT_EQ(parse("HTTP/1.1 204 x\r\n\r\n", 1000).keep_alive, std::vector<bool>{true});
  EXPECT_EQ(parse("HTTP/1.1 101 x\r\nUpgrade: y\r\nConnection: upgrade\r\n\r\n", 1000).keep_alive,
            std::vector<bool>{false});
}

TEST(answer_parser, keeps_retry_after) {
  const std::string text = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    EXPECT_EQ(parse(text, step).retry_after, "7");
  }
  EXPECT_EQ(parse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 99).retry_after, "");
}

TEST(answer_parser, a_body_may_last_until_the_end) {
  answer_parser parser;
  EXPECT_EQ(parser.feed("HTTP/1.1 200 OK\r\n\r\nsome").what, outcome::need_more);
  EXPECT_EQ(parser.feed(" text").what, outcome::need_more);
  EXPECT_TRUE(parser.has_begun());
  EXPECT_EQ(parser.feed_end(), outcome::complete);
  EXPECT_EQ(parser.last().status, 200);
  EXPECT_FALSE(parser.last().keep_alive);
}

TEST(answer_parser, an_end_in_the_middle_is_a_failure) {
  for (const char* text : {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    answer_parser parser;
    EXPECT_EQ(parser.feed(text).what, outcome::need_more);
    EXPECT_EQ(parser.feed_end(), outcome::failed) << text;
  }
}

TEST(answer_parser, refuses_what_is_not_http) {
  EXPECT_TRUE(parse("SSH-2.0-OpenSSH_9.2\r\n", 1000).failed);
  EXPECT_TRUE(parse("HTTP/1.1 abc OK\r\n\r\n", 1000).failed);
  EXPECT_TRUE(parse("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 1000).failed);
  EXPECT_TRUE(
      parse("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 1000).failed);
}

TEST(answer_parser, bounds_the_header) {
  const std::string endless = "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'a');
  EXPECT_TRUE(parse(endless, 1000).failed);
  EXPECT_TRUE(parse(endless, endless.size()).failed);
}

TEST(answer_parser, throws_bodies_away) {
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" +
                           std::string(60'000, 'x') + "HTTP/1.1 204 x\r\n\r\n";
  EXPECT_EQ(parse(text, 16'384).statuses, (std::vector<int>{200, 204}));
}

/// Feeds `piece` again and again behind `head`; the bytes that it took to an outcome.
std::size_t feed_for_ever(answer_parser& parser, std::string_view head, std::string_view piece,
                          outcome expected) {
  EXPECT_EQ(parser.feed(head).what, outcome::need_more);
  std::size_t bytes = 0;
  auto got = outcome::need_more;
  while (got == outcome::need_more && bytes < (8UL << 20)) {
    got = parser.feed(piece).what;
    bytes += piece.size();
  }
  EXPECT_EQ(got, expected);
  return bytes;
}

TEST(answer_parser, a_body_without_end_is_complete_and_ends_the_connection) {
  const std::string chunked = "HTTP/1.1 201 x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string part(10'000, 'x');
  const std::vector<std::pair<std::string, std::string>> endless{
      {"HTTP/1.1 201 x\r\nContent-Length: 1000000000\r\n\r\n", part},
      {"HTTP/1.1 201 x\r\n\r\n", part},
      {chunked, "1\r\nx\r\n"},
      {chunked, "2710\r\n" + part + "\r\n"},
      {chunked + "1;", part},
      {chunked + "0\r\n", "X: y\r\n"}};
  for (const auto& [head, piece] : endless) {
    answer_parser parser;
    EXPECT_LT(feed_for_ever(parser, head, piece, outcome::complete), 2UL << 20) << head;
    EXPECT_EQ(parser.last().status, 201);
    EXPECT_FALSE(parser.last().keep_alive);
  }
}

TEST(answer_parser, interim_answers_without_end_are_a_failure) {
  answer_parser parser;
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  EXPECT_LT(feed_for_ever(parser, interim, interim, outcome::failed), 20 * interim.size());
}

TEST(answer_parser, an_interim_answer_is_no_answer) {
  answer_parser parser;
  EXPECT_EQ(parser.feed("HTTP/1.1 100 Continue\r\n\r\n").what, outcome::need_more);
  EXPECT_EQ(parser.feed_end(), outcome::failed);
}

TEST(answer_parser, a_status_line_may_end_behind_its_status) {
  expect_statuses("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", {200});
  expect_statuses(
      "HTTP/1.1 100\r\n\r\nHTTP/1.1 503\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
      "HTTP/1.1 204\r\n\r\n",
      {503, 204});
  answer_parser parser;
  EXPECT_EQ(parser.feed("HTTP/1.0 200\r\n\r\nuntil the end").what, outcome::need_more);
  EXPECT_EQ(parser.feed_end(), outcome::complete);
}

TEST(answer_parser, reads_an_empty_chunked_body) {
  expect_statuses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {200});
}

TEST(answer_parser, what_is_taken_or_refused_does_not_depend_on_how_the_bytes_come) {
  const std::vector<std::string> heads{"HTTP/1.1 200 OK\r\nX100 : a",
                                       "HTTP/1.1 200 OK\r\nX: a\x01",
                                       "HTTP/1.1 200 OK\r\nX: a\x7f",
                                       "HTTP/1.1 200 O\x02K\r\nX: a",
                                       "HTTP/1.1 200 O\x7f\r\nX: a",
                                       "HTTP/1.1 200 \xc3\xa9t\xc3\xa9\r\nX: a",
                                       "HTTP/1.1 200 OK\r\nX: \xc3\xa9",
                                       "HTTP/1.1 200 OK\r\nX: a\tb",
                                       "HTTP/1.1 200 OK\r\nX(y): a",
                                       "HTTP/1.1 200 OK\r\nX y: a",
                                       "HTTP/1.1 200 OK\r\nX: " + std::string("a\0b", 3),
                                       "HTTP/1.1 200 OK\r\nX_Y: a",
                                       "HTTP/1.1 200 OK\r\nX: a\r",
                                       "HTTP/1.1 200 OK\r\n x: a",
                                       "HTTP/1.1 200 OK\r\nContent-Length : 0"};
  for (const auto& head : heads) {
    const std::string text = head + "\r\nContent-Length: 2\r\n\r\nok";
    const auto whole = parse(text, text.size());
    const auto split = parse(text, 1);
    EXPECT_EQ(whole.statuses, split.statuses) << head;
    EXPECT_EQ(whole.failed, split.failed) << head;
  }
}

}  // namespace
}  // namespace gatehouse::delivery
