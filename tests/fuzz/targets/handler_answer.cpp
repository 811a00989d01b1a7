#include "http_message.hpp"

#include <gatehouse/delivery/answer_parser.hpp>
#include <gatehouse/delivery/verdict.hpp>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <fuzz_input.hpp>
#include <vector>

// What a handler sends on one connection: answers one after the other, then its end. However it
// arrives, the same answers are read; and where Beast, by itself, reads a final answer in the whole
// text, so do we.

namespace gatehouse::delivery {
namespace {

using fuzz::require;
namespace http = boost::beast::http;

struct outcome {
  std::vector<answer> answers;
  bool failed = false;
};

bool operator==(const outcome& a, const outcome& b) {
  const auto same = [](const answer& x, const answer& y) {
    return x.status == y.status && x.keep_alive == y.keep_alive && x.retry_after == y.retry_after &&
           x.body == y.body;
  };
  return a.failed == b.failed &&
         std::equal(a.answers.begin(), a.answers.end(), b.answers.begin(), b.answers.end(), same);
}

outcome read(std::string_view bytes, std::size_t piece_bytes) {
  answer_parser parser;
  outcome got;
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, piece_bytes);
    bytes.remove_prefix(piece.size());
    const std::vector<char> exact(piece.begin(), piece.end());
    std::string_view rest{exact.data(), exact.size()};
    while (!rest.empty()) {
      const auto parsed = parser.feed(rest);
      require(parsed.consumed <= rest.size(), "no more is taken than there is");
      if (parsed.what == answer_parser::outcome::failed) {
        got.failed = true;
        return got;
      }
      if (parsed.what == answer_parser::outcome::need_more) break;
      got.answers.push_back(parser.last());
      if (!parser.last().keep_alive) return got;
      rest.remove_prefix(parsed.consumed);
    }
  }
  if (!parser.has_begun()) return got;
  if (parser.feed_end() == answer_parser::outcome::complete) {
    got.answers.push_back(parser.last());
  } else {
    got.failed = true;
  }
  return got;
}

void compare_with_beast(std::string_view bytes, const outcome& ours) {
  http::response_parser<http::string_body> theirs;
  theirs.eager(true);
  theirs.header_limit(answer_parser::max_header_bytes);
  theirs.body_limit(answer_parser::max_body_bytes / 2);
  boost::beast::error_code error;
  const auto taken = theirs.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  const unsigned status = theirs.get().result_int();
  if (error || !theirs.is_done() || (status < 200 && status != 101)) return;
  require(!ours.answers.empty(), "what Beast reads we read");
  require(ours.answers.front().status == static_cast<int>(status), "the same status");
  require(ours.answers.front().keep_alive == (theirs.keep_alive() && status != 101),
          "the same fate of the connection");
  static_cast<void>(taken);
}

void judge_all(const outcome& got) {
  for (const auto& each : got.answers) {
    require(each.body.size() <= answer_parser::kept_body_bytes, "what is kept is bounded");
    require(each.status >= 100 && each.status <= 999, "a status has three digits");
  }
}

}  // namespace
}  // namespace gatehouse::delivery

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatehouse::delivery;
  gatehouse::fuzz::input in{data, size};
  const auto piece = std::size_t{in.byte()} + 1;
  const auto bytes = in.rest();
  const outcome whole = read(bytes, bytes.size());
  gatehouse::fuzz::require(whole == read(bytes, 1), "byte by byte is as in one piece");
  gatehouse::fuzz::require(whole == read(bytes, piece), "pieces are as one piece");
  compare_with_beast(bytes, whole);
  judge_all(whole);
  return 0;
}
