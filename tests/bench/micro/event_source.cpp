#include "event_source.hpp"

namespace gatehouse::bench {
namespace {

constexpr std::size_t payload_count = 64;

}  // namespace

event_source::event_source(int shard_id)
    : prefix_(R"({"shardId":)" + std::to_string(shard_id) + R"(,"message":)"),
      payloads_(padded_payloads(payload_count)),
      type_(types_.intern("MESSAGE_CREATE")),
      session_(new events::session_log{shard_id, "0123456789abcdef0123456789abcdef", 0}) {}

events::event_ptr event_source::make(std::uint64_t guild_id) {
  const auto& payload = payloads_[static_cast<std::size_t>(seq_) % payloads_.size()];
  auto made = pool_.make(prefix_, without_padding(payload));
  made->session = session_;
  made->seq = ++seq_;
  made->guild_id = guild_id;
  made->type = type_;
  session_->open(made->seq);
  return made;
}

}  // namespace gatehouse::bench
