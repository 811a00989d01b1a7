#include "common_answer.hpp"

#include <gatehouse/delivery/answer_parser.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <utility>

namespace gatehouse::delivery {

namespace http = boost::beast::http;

/// Beast's parser, reduced to what an answer is asked for.
class answer_parser::beast_parser final : public http::basic_parser<false> {
 public:
  using text = boost::beast::string_view;
  using error_code = boost::beast::error_code;

  beast_parser() {
    eager(true);
    header_limit(max_header_bytes);
    body_limit(boost::none);  // thrown away as it comes; the request's deadline bounds it
  }

  int status = 0;
  std::string retry_after;

 private:
  void on_request_impl(http::verb, text, text, int, error_code&) override {}
  void on_response_impl(int code, text, int, error_code&) override { status = code; }
  void on_field_impl(http::field name, text, text value, error_code&) override {
    if (name == http::field::retry_after) retry_after.assign(value.data(), value.size());
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(text body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code&) override {
    return body.size();
  }
  void on_finish_impl(error_code&) override {}
};

answer_parser::answer_parser() = default;
answer_parser::~answer_parser() = default;

void answer_parser::reset() {
  has_begun_ = false;
  pending_.clear();
  beast_.reset();
}

answer_parser::result answer_parser::feed(std::string_view bytes) {
  if (bytes.empty()) return {outcome::need_more, 0};
  if (!has_begun_) {
    if (const auto common = match_common_answer(bytes); common.bytes > 0) {
      last_.status = common.status;
      last_.keep_alive = true;
      last_.retry_after.clear();
      return {outcome::complete, common.bytes};
    }
    has_begun_ = true;
  }
  // What was kept comes first; the caller's bytes follow it.
  const std::size_t kept = pending_.size();
  if (kept == 0) return feed_beast(bytes);
  std::string joined = std::exchange(pending_, {});
  joined += bytes;
  result done = feed_beast(joined);
  done.consumed = done.what == outcome::complete ? done.consumed - kept : bytes.size();
  return done;
}

answer_parser::result answer_parser::feed_beast(std::string_view bytes) {
  std::size_t consumed = 0;
  for (;;) {
    if (!beast_) beast_ = std::make_unique<beast_parser>();
    boost::beast::error_code error;
    const auto rest = bytes.substr(consumed);
    if (rest.empty()) return {outcome::need_more, bytes.size()};
    consumed += beast_->put(boost::asio::buffer(rest.data(), rest.size()), error);
    if (error == http::error::need_more) {
      pending_.assign(bytes.substr(consumed));
      return {outcome::need_more, bytes.size()};
    }
    if (error) return {outcome::failed, consumed};
    if (!beast_->is_done()) continue;
    const bool is_interim = beast_->status < 200 && beast_->status != 101;
    if (!is_interim) {
      last_.status = beast_->status;
      last_.keep_alive = beast_->keep_alive() && beast_->status != 101;
      last_.retry_after = std::move(beast_->retry_after);
      reset();
      return {outcome::complete, consumed};
    }
    beast_.reset();
  }
}

answer_parser::outcome answer_parser::feed_end() {
  if (!beast_ || !beast_->is_header_done() || !beast_->need_eof()) return outcome::failed;
  boost::beast::error_code error;
  beast_->put_eof(error);
  if (error) return outcome::failed;
  last_.status = beast_->status;
  last_.keep_alive = false;
  last_.retry_after = std::move(beast_->retry_after);
  reset();
  return outcome::complete;
}

}  // namespace gatehouse::delivery
