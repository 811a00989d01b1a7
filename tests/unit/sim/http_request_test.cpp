#include "http_request.hpp"

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

TEST(http_request, is_read_from_the_front_of_a_pipeline) {
  const std::string bytes =
      "POST /a?b=c HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: 5\r\nX-Thing:  some value \r\n\r\nhello"
      "GET / HTTP/1.1\r\n\r\n";
  http_request request;
  ASSERT_EQ(parse_http_request(bytes, request), http_parse::complete);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/a?b=c");
  EXPECT_EQ(request.body, "hello");
  EXPECT_EQ(request.header("x-thing"), "some value");
  EXPECT_EQ(request.header("absent"), "");
  EXPECT_TRUE(request.keep_alive);
  ASSERT_EQ(parse_http_request(std::string_view(bytes).substr(request.size), request),
            http_parse::complete);
  EXPECT_EQ(request.method, "GET");
}

TEST(http_request, is_incomplete_at_every_cut) {
  const std::string bytes = "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
  http_request request;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(parse_http_request(std::string_view(bytes).substr(0, size), request),
              http_parse::incomplete);
  }
}

TEST(http_request, puts_chunks_together) {
  const std::string bytes =
      "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n"
      "0\r\nTrailer: t\r\n\r\n";
  http_request request;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(parse_http_request(std::string_view(bytes).substr(0, size), request),
              http_parse::incomplete)
        << size;
  }
  ASSERT_EQ(parse_http_request(bytes + "GET", request), http_parse::complete);
  EXPECT_EQ(request.body, "abc0123456789");
  EXPECT_EQ(request.size, bytes.size());
}

TEST(http_request, closes_when_asked) {
  http_request request;
  ASSERT_EQ(parse_http_request("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", request),
            http_parse::complete);
  EXPECT_FALSE(request.keep_alive);
  ASSERT_EQ(parse_http_request("GET / HTTP/1.0\r\n\r\n", request), http_parse::complete);
  EXPECT_FALSE(request.keep_alive);
}

TEST(http_request, refuses_what_it_does_not_understand) {
  http_request request;
  for (const auto* const bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/2\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 12x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"}) {
    EXPECT_EQ(parse_http_request(bytes, request), http_parse::malformed) << bytes;
  }
}

TEST(http_response, carries_its_length_except_where_there_is_no_body) {
  std::string out;
  append_http_response(out, 404, "gone", "X-A: b\r\n");
  EXPECT_EQ(out, "HTTP/1.1 404 Not Found\r\nX-A: b\r\nContent-Length: 4\r\n\r\ngone");
  out.clear();
  append_http_response(out, 204, "", {}, false);
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

}  // namespace
}  // namespace gatehouse::sim
