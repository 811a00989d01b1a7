#include "handler_connection.hpp"

#include <boost/asio/post.hpp>

#include <utility>

/// The part of the connection that reads.
namespace gatehouse::delivery {

namespace asio = boost::asio;

namespace {

/// Reads of one connection in a row; a handler that never stops talking must not hold up others.
constexpr int reads_per_turn = 8;

}  // namespace

/// Hot path: once per answer, or per batch of them with pipelining.
void handler_connection::on_readable(std::uint32_t generation) {
  if (generation != generation_) return;
  const visit visiting{*this};
  const auto now = runtime::clock::now();
  const bool has_more = read_answers(now);
  if (generation == generation_) {
    flush();  // TLS may have waited for reading in order to write
    wait_readable();
    if (has_more) read_later();
  }
  report(now);
  // The handler may have closed right behind its last answer, and nobody would tell any more. If a
  // request has gone out meanwhile, a reset answers it, or `check_deadline` finds out.
  if (generation == generation_ && is_idle()) read_turn(now);
}

/// Whoever reads says what came of it.
void handler_connection::read_turn(runtime::time_point now) {
  const auto generation = generation_;
  const auto served = served_;
  const bool had_room = has_room();
  const bool has_more = read_answers(now);
  if (generation == generation_) {
    flush();
    if (has_more) read_later();
  }
  if (generation != generation_ || served != served_ || had_room != has_room()) report(now);
}

/// What is left in the socket makes no noise: it is asked again once others had their turn.
void handler_connection::read_later() {
  if (std::exchange(is_read_posted_, true)) return;
  owner_.operation_began();
  asio::post(shared_.io, [this, generation = generation_] {
    if (generation == generation_) {
      const visit visiting{*this};
      is_read_posted_ = false;
      read_turn(runtime::clock::now());
    }
    owner_.operation_ended();
  });
}

bool handler_connection::read_answers(runtime::time_point now) {
  const auto buffer = shared_.read_buffer;
  for (int reads = 0; reads < reads_per_turn; ++reads) {
    const auto got = channel_->read(buffer);
    switch (got.status) {
      case net::io_status::done:
        if (!consume({buffer.data(), got.bytes}, now)) return false;
        // Where a request goes out next, it shows whether there is more. Else only a read in vain
        // does, and within TLS.
        if (got.is_last && in_flight_.empty() && !shared_.to.is_tls()) return false;
        break;
      case net::io_status::want_read:
      case net::io_status::want_write:
        if (is_broken_) stream_ended("writing failed", now);
        return false;
      case net::io_status::end:
        stream_ended("closed by the handler", now);
        return false;
      case net::io_status::failed:
        stream_ended(got.error.message(), now);
        return false;
    }
  }
  return true;
}

/// False: the connection is no longer the one that was read from.
bool handler_connection::consume(std::string_view bytes, runtime::time_point now) {
  while (!bytes.empty()) {
    if (in_flight_.empty()) {
      // Nothing was asked: most likely a last word before the handler closes.
      close();
      return false;
    }
    const auto parsed = parser_.feed(bytes);
    if (parsed.what == answer_parser::outcome::need_more) return true;
    if (parsed.what == answer_parser::outcome::failed) {
      lose(transport_failure::bad_answer, shared_.to.is_tls() ? "" : "is this an HTTP port?");
      return false;
    }
    bytes.remove_prefix(parsed.consumed);
    if (!finish_answer(now)) return false;
  }
  return true;
}

bool handler_connection::finish_answer(runtime::time_point now) {
  request& done = in_flight_.front();
  in_flight_.pop_front();
  --in_flight_count_;
  ++served_;
  waiting_since_ = now;
  // An answer may come before its request is out: then the rest would be taken for the next one.
  const bool is_cut_short = in_flight_.empty() && (has_unsent() || is_broken_);
  const bool may_go_on = parser_.last().keep_alive && !is_cut_short;
  const std::uint32_t generation = generation_;
  owner_.answered(*this, done, parser_.last(), now);
  if (generation != generation_) return false;
  if (may_go_on) return true;
  if (in_flight_.empty()) {
    close();
  } else if (may_reconnect_) {
    reconnect();
  } else {
    lose(transport_failure::lost, "closed by the handler");
  }
  return false;
}

void handler_connection::stream_ended(std::string_view detail, runtime::time_point now) {
  if (in_flight_.empty()) {
    close();
  } else if (parser_.has_begun()) {
    if (parser_.feed_end() == answer_parser::outcome::complete) {
      finish_answer(now);
    } else {
      lose(transport_failure::lost, detail);
    }
  } else if (served_ > 0 && may_reconnect_) {
    reconnect();
  } else {
    lose(transport_failure::lost, detail);
  }
}

}  // namespace gatehouse::delivery
