#include <gatehouse/delivery/answer_parser.hpp>
#include <gatehouse/net/status_line.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace gatehouse::delivery {

namespace http = boost::beast::http;

namespace {

/// RFC 9110 section 15. Beast takes any three digits.
constexpr int least_status = 100;

}  // namespace

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

answer_parser::answer_parser() : beast_(std::make_unique<std::optional<beast_parser>>()) {}
answer_parser::~answer_parser() = default;

void answer_parser::reset() {
  interim_answers_ = 0;
  body_bytes_ = 0;
  pending_.clear();
  beast_->reset();
}

bool answer_parser::has_begun() const noexcept {
  return beast_->has_value() || interim_answers_ > 0;
}

answer_parser::result answer_parser::feed(std::string_view bytes) {
  // What was kept comes first; the caller's bytes follow it.
  std::string joined;
  if (!pending_.empty()) joined = std::exchange(pending_, {}).append(bytes);
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
  if (rest.empty()) return step::wait;
  if (!*beast_) beast_->emplace();
  beast_parser& parser = **beast_;
  const bool was_in_body = parser.is_header_done();
  if (was_in_body && parser.chunked() && rest.size() < net::least_chunked_bytes) return step::wait;
  if (!was_in_body && net::lacks_blank(rest)) {
    mended_.assign(rest);
    net::complete_status_line(mended_, 0);
    rest = mended_;
  }
  boost::beast::error_code error;
  const auto taken = parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
  rest.remove_prefix(taken);
  if (was_in_body) body_bytes_ += taken;
  if (error && error != http::error::need_more) return step::failed;
  if (parser.is_header_done() && parser.status < least_status) return step::failed;
  if (parser.is_done()) {
    if (parser.is_interim()) return skip_interim() ? step::go_on : step::failed;
    finish(parser.keep_alive() && parser.status != 101);
    return step::complete;
  }
  const bool is_endless = body_bytes_ > max_body_bytes || (error && rest.size() > max_header_bytes);
  if (parser.is_header_done() && is_endless) {
    finish(false);
    return step::complete;
  }
  return error ? step::wait : step::go_on;
}

bool answer_parser::skip_interim() {
  beast_->reset();
  return ++interim_answers_ <= net::most_interim_answers;
}

void answer_parser::finish(bool keep_alive) {
  beast_parser& parser = **beast_;
  last_ = {parser.status, keep_alive, std::move(parser.retry_after), std::move(parser.body)};
  reset();
}

answer_parser::outcome answer_parser::feed_end() {
  beast_parser* const parser = *beast_ ? &**beast_ : nullptr;
  if (parser == nullptr || !parser->is_header_done() || !parser->need_eof()) return outcome::failed;
  boost::beast::error_code error;
  parser->put_eof(error);
  if (error) return outcome::failed;
  finish(false);
  return outcome::complete;
}

}  // namespace gatehouse::delivery
