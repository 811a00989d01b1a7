#include "http_connection.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace gatehouse::delivery {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t most_gathered = 65'536;
constexpr runtime::milliseconds quiet_limit{100};
/// Reads of one connection in a row; a handler that never stops talking must not hold up others.
constexpr int reads_per_turn = 8;

}  // namespace

void http_connection::connect() {
  const visit visiting{*this};
  is_dialing_ = true;
  owner_.operation_began();
  asio::co_spawn(
      shared_.io, dial(generation_),
      asio::bind_cancellation_slot(cancel_dial_.slot(), [this](const std::exception_ptr& bug) {
        owner_.operation_ended();
        if (bug) std::rethrow_exception(bug);
      }));
}

asio::awaitable<void> http_connection::dial(std::uint32_t generation) {
  std::optional<boost::system::result<net::channel>> result;
  const auto deadline = runtime::clock::now() + shared_.timeout;
  try {
    auto got = co_await net::dial(shared_.to, shared_.tls, deadline);
    result.emplace(std::move(got));
  } catch (const boost::system::system_error& failure) {
    result.emplace(failure.code());
  }
  dialed(generation, std::move(*result));
}

void http_connection::dialed(std::uint32_t generation, boost::system::result<net::channel> result) {
  const visit visiting{*this};
  is_dialing_ = false;
  const auto now = runtime::clock::now();
  if (generation == generation_ && !result) {
    lose(transport_failure::no_connection, result.error().message());
  } else if (generation == generation_) {
    channel_ = std::make_unique<net::channel>(std::move(*result));
    is_open_ = true;
    waiting_since_ = now;
    channel_->set_watch([this, generation = generation_](const error_code&) {
      on_readable(generation);
      owner_.operation_ended();
    });
    wait_readable();
    resend();
  }
  report(now);
}

/// The connection was stale, or the handler has announced that it ends it: what is unanswered goes
/// out again on a new one, without a failure. That cannot go on for ever: on a connection that has
/// answered nothing yet, the next loss is one.
void http_connection::reconnect() {
  request_queue kept;
  kept.swap(in_flight_);
  const std::size_t count = in_flight_count_;
  close();
  in_flight_.swap(kept);
  in_flight_count_ = count;
  connect();
}

void http_connection::resend() {
  shared_.write_buffer.clear();
  for (auto& kept : in_flight_) gather(owner_.encode(kept));
  write_gathered();
}

/// Hot path: once per event, or per burst of them with pipelining.
void http_connection::send(std::span<request* const> to_send, runtime::time_point now) {
  const visit visiting{*this};
  if (in_flight_.empty()) waiting_since_ = now;
  for (request* each : to_send) enqueue(*each);
  if (to_send.size() == 1) return write(owner_.encode(*to_send.front()), true);
  shared_.write_buffer.clear();  // an exception may have left something
  for (request* each : to_send) gather(owner_.encode(*each));
  write_gathered();
}

/// Small requests that leave together are put into one piece: copying them costs less than a system
/// call for each. Large ones are not copied.
void http_connection::gather(std::span<std::string_view> pieces) {
  std::size_t bytes = 0;
  for (const auto piece : pieces) bytes += piece.size();
  if (shared_.write_buffer.size() + bytes > most_gathered) write_gathered();
  if (bytes > most_gathered) return write(pieces, false);
  for (const auto piece : pieces) shared_.write_buffer += piece;
}

void http_connection::write_gathered() {
  std::array<std::string_view, 1> piece{shared_.write_buffer};
  if (!piece.front().empty()) write(piece, false);
  shared_.write_buffer.clear();
}

/// With `may_refer` the last piece is the body of a request that is under way.
void http_connection::write(std::span<std::string_view> pieces, bool may_refer) {
  const bool may_write = !has_unsent() && !is_broken_;
  while (may_write && !pieces.empty()) {
    const auto moved = channel_->write(pieces);
    if (moved.status == net::io_status::want_write) wait_writable();
    // A broken connection may still hold an answer; the wait for reading completes in any case.
    is_broken_ = moved.status == net::io_status::failed || moved.status == net::io_status::end;
    if (moved.status != net::io_status::done) break;
    std::size_t bytes = moved.bytes;
    while (!pieces.empty() && bytes >= pieces.front().size()) {
      bytes -= pieces.front().size();
      pieces = pieces.subspan(1);
    }
    if (bytes > 0) pieces.front().remove_prefix(bytes);
  }
  if (may_refer && !pieces.empty() && unsent_body_.empty()) {
    unsent_body_ = pieces.back();
    pieces = pieces.first(pieces.size() - 1);
  }
  for (const auto rest : pieces) unsent_ += rest;
  note_choked();
}

void http_connection::flush() {
  write_unsent();
  note_choked();
}

void http_connection::write_unsent() {
  while (has_unsent() && !is_broken_) {
    const std::array pieces{std::string_view{unsent_}.substr(unsent_begin_), unsent_body_};
    const auto moved = channel_->write(pieces);
    if (moved.status == net::io_status::want_write) return wait_writable();
    is_broken_ = moved.status == net::io_status::failed || moved.status == net::io_status::end;
    if (moved.status != net::io_status::done) return;
    const std::size_t of_text = std::min(moved.bytes, pieces.front().size());
    unsent_begin_ += of_text;
    unsent_body_.remove_prefix(moved.bytes - of_text);
  }
  unsent_.clear();
  unsent_begin_ = 0;
}

void http_connection::wait_readable() {
  owner_.operation_began();
  channel_->watch_readable();
}

void http_connection::wait_writable() {
  if (is_waiting_writable_) return;
  is_waiting_writable_ = true;
  owner_.operation_began();
  channel_->async_wait_writable([this, generation = generation_](error_code) {
    on_writable(generation);
    owner_.operation_ended();
  });
}

void http_connection::on_writable(std::uint32_t generation) {
  if (generation != generation_) return;
  const visit visiting{*this};
  is_waiting_writable_ = false;
  flush();
  report(runtime::clock::now());
}

void http_connection::lose(transport_failure failure, std::string_view detail) {
  close();
  owner_.lost(*this, failure, detail);
}

void http_connection::check_deadline(runtime::time_point now) {
  if (!is_open() || in_flight_.empty()) return;
  const visit visiting{*this};
  if (now - waiting_since_ >= shared_.timeout) return lose(transport_failure::timed_out, "");
  if (now - waiting_since_ >= quiet_limit) read_turn(now);
}

void http_connection::close() {
  const visit visiting{*this};
  ++generation_;
  if (channel_) channel_->close();
  channel_.reset();
  is_open_ = false;
  is_choked_ = false;
  if (is_dialing_) cancel_dial_.emit(asio::cancellation_type::terminal);
  parser_.reset();
  served_ = 0;
  is_broken_ = false;
  is_waiting_writable_ = false;
  is_read_posted_ = false;
  unsent_.clear();
  unsent_begin_ = 0;
  unsent_body_ = {};
}

// Reading.

/// Hot path: once per answer, or per batch of them with pipelining.
void http_connection::on_readable(std::uint32_t generation) {
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
void http_connection::read_turn(runtime::time_point now) {
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
void http_connection::read_later() {
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

bool http_connection::read_answers(runtime::time_point now) {
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
bool http_connection::consume(std::string_view bytes, runtime::time_point now) {
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

bool http_connection::finish_answer(runtime::time_point now) {
  request& done = in_flight_.front();
  in_flight_.pop_front();
  --in_flight_count_;
  ++served_;
  last_took_ = now - waiting_since_;
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

void http_connection::stream_ended(std::string_view detail, runtime::time_point now) {
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
