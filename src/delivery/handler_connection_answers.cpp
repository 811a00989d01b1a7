#include "handler_connection.hpp"

/// The part of the connection that reads.
namespace gatehouse::delivery {

/// Hot path: once per answer, or per batch of them with pipelining.
void handler_connection::on_readable(std::uint32_t generation) {
  if (generation != generation_) return;
  const auto now = runtime::clock::now();
  read_answers(now);
  if (generation == generation_) {
    flush();  // TLS may have waited for reading in order to write
    wait_readable();
  }
  owner_.progressed(*this, now);
  if (generation == generation_ && is_idle()) look_for_end(now);
}

/// The handler may have closed right behind its last answer, and nobody would tell any more. If a
/// request has gone out meanwhile, a reset answers it, or `check_deadline` finds out.
void handler_connection::look_for_end(runtime::time_point now) {
  const auto generation = generation_;
  read_answers(now);
  if (generation != generation_) owner_.progressed(*this, now);
}

void handler_connection::read_answers(runtime::time_point now) {
  const auto buffer = shared_.read_buffer;
  for (;;) {
    const auto got = channel_->read(buffer);
    switch (got.status) {
      case net::io_status::done:
        if (!consume({buffer.data(), got.bytes}, now)) return;
        // Where a request goes out next, it shows whether there is more. Else only a read in vain
        // does, and within TLS.
        if (got.is_last && in_flight_.empty() && !shared_.to.is_tls()) return;
        break;
      case net::io_status::want_read:
      case net::io_status::want_write:
        if (is_broken_) stream_ended("writing failed", now);
        return;
      case net::io_status::end:
        stream_ended("closed by the handler", now);
        return;
      case net::io_status::failed:
        stream_ended(got.error.message(), now);
        return;
    }
  }
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
  const bool is_cut_short = in_flight_.empty() && (!unsent_.empty() || is_broken_);
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
