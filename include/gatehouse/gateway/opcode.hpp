#pragma once

namespace gatehouse::gateway {

/// Gateway opcodes (discord-api-docs: topics/opcodes-and-status-codes). Values outside this list
/// occur and are ignored.
enum class opcode : int {
  dispatch = 0,                    ///< server: an event, with `s` and `t`
  heartbeat = 1,                   ///< both; from the server: beat at once
  identify = 2,                    ///< client
  presence_update = 3,             ///< client
  voice_state_update = 4,          ///< client
  resume = 6,                      ///< client
  reconnect = 7,                   ///< server: reconnect and resume now
  request_guild_members = 8,       ///< client
  invalid_session = 9,             ///< server: `d` says whether a resume may be tried
  hello = 10,                      ///< server: heartbeat interval
  heartbeat_ack = 11,              ///< server
  request_soundboard_sounds = 31,  ///< client
  request_channel_info = 43,       ///< client
};

}  // namespace gatehouse::gateway
