#pragma once

#include <gatehouse/gateway/inflater.hpp>
#include <gatehouse/net/ws_connection.hpp>
#include <gatehouse/shard/shard.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::shard {

/// One connection of a shard, from dialling to its end, with the decompression context that belongs
/// to it alone: bytes of an old socket never reach the context of a new one.
class shard::connection final : public net::ws_reader {
 public:
  connection(shard& owner, std::string url) : owner_(owner), url_(std::move(url)) {}

  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  boost::asio::cancellation_signal& dialling() noexcept { return dialling_; }

  /// The upgrade has succeeded; the context starts here.
  void set_open(std::unique_ptr<net::ws_connection> ws);
  [[nodiscard]] net::ws_connection* ws() noexcept { return ws_.get(); }

  /// Sends a close frame, or gives dialling up.
  void close(std::uint16_t code);

  void on_read_begin() override;
  void on_read_end() override;
  void on_message(net::ws_opcode opcode, std::string_view payload) override;
  [[nodiscard]] bool wants_pause() const noexcept override;

 private:
  void decompress(std::string_view message);
  void report_corrupt(std::string_view reason);

  shard& owner_;
  std::string url_;
  boost::asio::cancellation_signal dialling_;
  std::unique_ptr<net::ws_connection> ws_;
  std::unique_ptr<gateway::inflater> inflater_;
  bool closed_by_us_ = false;
  bool has_message_ = false;  ///< in the read at hand
};

}  // namespace gatehouse::shard
