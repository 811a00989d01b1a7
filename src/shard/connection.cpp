#include "connection.hpp"

#include "step.hpp"

#include <boost/asio/cancellation_type.hpp>

namespace gatehouse::shard {

void shard::connection::set_open(std::unique_ptr<net::ws_connection> ws) {
  ws_ = std::move(ws);
  inflater_ = gateway::make_inflater(owner_.services_.compression);
}

void shard::connection::close(std::uint16_t code) {
  closed_by_us_ = true;
  if (ws_) {
    ws_->close(code);
  } else {
    dialling_.emit(boost::asio::cancellation_type::terminal);
  }
}

bool shard::connection::wants_pause() const noexcept {
  return owner_.services_.pipeline.congested(owner_.shard_id_);
}

void shard::connection::on_read_begin() {
  owner_.read_at_ = runtime::clock::now();
  has_message_ = false;
  owner_.services_.pipeline.begin_burst();
}

void shard::connection::on_read_end() {
  if (!closed_by_us_) owner_.session_.on_bytes(has_message_, owner_.read_at_);
  owner_.services_.pipeline.end_burst();
}

void shard::connection::on_message(net::ws_opcode opcode, std::string_view payload) {
  has_message_ = true;
  // Everything is binary under transport compression; a text frame is plain JSON all the same.
  if (opcode == net::ws_opcode::text) {
    owner_.on_payload(payload);
  } else {
    decompress(payload);
  }
}

void shard::connection::decompress(std::string_view message) {
  const auto result = inflater_->decompress(message, owner_.services_.payloads);
  switch (result.status) {
    case gateway::inflate_status::payload:
      owner_.on_payload(result.payload);
      break;
    case gateway::inflate_status::need_more:
      break;
    case gateway::inflate_status::corrupt:
      report_corrupt("a frame could not be decompressed");
      break;
    case gateway::inflate_status::too_large:
      report_corrupt("a payload exceeds 64 MiB");
      break;
  }
}

void shard::connection::report_corrupt(std::string_view reason) {
  owner_.step(
      [&](auto& session, auto now, auto& out) { session.on_corrupt_stream(reason, now, out); });
}

}  // namespace gatehouse::shard
