#include "common_answer.hpp"

#include <gatehouse/delivery/answer_parser.hpp>
#include <gatehouse/net/status_line.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
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
    body_limit(boost::none);  // thrown away as it comes, and bounded by what is taken
  }

  /// 101 answers an upgrade, which is never asked for here, and would be final.
  [[nodiscard]] bool is_interim() const { return status < 200 && status != 101; }

  int status = 0;
  std::string retry_after;
  std::string body;  ///< its beginning, of an answer that is no success

 private:
  void keep(text more) {
    if (status < 300 || body.size() >= kept_body_bytes) return;
    body.append(more.data(), std::min(more.size(), kept_body_bytes - body.size()));
  }

  void on_request_impl(http::verb, text, text, int, error_code&) override {}
  void on_response_impl(int code, text, int, error_code&) override { status = code; }
  void on_field_impl(http::field name, text, text value, error_code&) override {
    if (name == http::field::retry_after) retry_after.assign(value.data(), value.size());
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(text more, error_code&) override {
    keep(more);
    return more.size();
  }
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, text more, error_code&) override {
    keep(more);
    return more.size();
  }
  void on_finish_impl(error_code&) override {}
};

answer_parser::answer_parser() = default;
answer_parser::~answer_parser() = default;

void answer_parser::reset() {
  has_begun_ = false;
  interim_answers_ = 0;
  body_bytes_ = 0;
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
      last_.body.clear();
      return {outcome::complete, common.bytes};
    }
    has_begun_ = true;
  }
  // What was kept comes first; the caller's bytes follow it.
  const std::string joined = pending_.empty() ? std::string{} : pending_.append(bytes);
  pending_.clear();
  std::string_view rest = joined.empty() ? bytes : joined;
  for (;;) {
    switch (advance(rest)) {
      case step::go_on:
        break;
      case step::wait:
        pending_.assign(rest);
        return {outcome::need_more, bytes.size()};
      case step::complete:
        return {outcome::complete, last_.keep_alive ? bytes.size() - rest.size() : bytes.size()};
      case step::failed:
        return {outcome::failed, bytes.size()};
    }
  }
}

/// Takes of `rest` what one call of the parser takes.
answer_parser::step answer_parser::advance(std::string_view& rest) {
  if (!beast_) beast_ = std::make_unique<beast_parser>();
  if (rest.empty() || !prepare(rest)) return step::wait;
  const bool was_in_body = beast_->is_header_done();
  boost::beast::error_code error;
  const auto taken = beast_->put(boost::asio::buffer(rest.data(), rest.size()), error);
  rest.remove_prefix(taken);
  if (was_in_body) body_bytes_ += taken;
  if (error && error != http::error::need_more) return step::failed;
  if (beast_->is_done()) {
    if (beast_->is_interim()) return skip_interim() ? step::go_on : step::failed;
    finish(beast_->keep_alive() && beast_->status != 101);
    return step::complete;
  }
  const bool is_endless = body_bytes_ > max_body_bytes || (error && rest.size() > max_header_bytes);
  if (beast_->is_header_done() && is_endless) {
    finish(false);
    return step::complete;
  }
  return error ? step::wait : step::go_on;
}

/// Whether the parser can do anything with `rest`, which may be replaced.
bool answer_parser::prepare(std::string_view& rest) {
  if (beast_->is_header_done()) {
    return !beast_->chunked() || rest.size() >= net::least_chunked_bytes;
  }
  if (net::lacks_blank(rest)) {
    mended_.assign(rest);
    net::complete_status_line(mended_, 0);
    rest = mended_;
  }
  return true;
}

bool answer_parser::skip_interim() {
  beast_.reset();
  return ++interim_answers_ <= net::most_interim_answers;
}

void answer_parser::finish(bool keep_alive) {
  last_.status = beast_->status;
  last_.keep_alive = keep_alive;
  last_.retry_after = std::move(beast_->retry_after);
  last_.body = std::move(beast_->body);
  reset();
}

answer_parser::outcome answer_parser::feed_end() {
  if (!beast_ || !beast_->is_header_done() || !beast_->need_eof()) return outcome::failed;
  boost::beast::error_code error;
  beast_->put_eof(error);
  if (error) return outcome::failed;
  finish(false);
  return outcome::complete;
}

}  // namespace gatehouse::delivery
