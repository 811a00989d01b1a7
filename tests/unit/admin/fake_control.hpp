#pragma once

#include <gatehouse/cluster/control.hpp>

#include <string>
#include <utility>
#include <vector>

namespace gatehouse::test {

/// A daemon that answers what it is told to and writes down what it was asked.
class fake_control final : public cluster::control {
 public:
  cluster::command_result command{.what = cluster::command_result::outcome::sent, .shard_id = 3};
  std::vector<cluster::command_result> presence_results;
  cluster::request_result answer{.what = cluster::request_result::outcome::answered,
                                 .body = R"({"joined":true})"};
  std::optional<int> shard = 3;
  cluster::reshard_progress progress;
  cluster::reshard_answer reshard_outcome;
  bool can_cancel = true;
  cluster::reload_result reload_outcome;
  cluster::config_view config;
  cluster::gate_view gate;
  std::vector<std::string> asked;

  awaitable<cluster::command_result> send_payload(int shard_id, std::string payload) override {
    asked.push_back("payload " + std::to_string(shard_id) + ' ' + payload);
    co_return command;
  }
  awaitable<std::vector<cluster::command_result>> set_presence(std::string presence) override {
    asked.push_back("presence " + presence);
    co_return presence_results;
  }
  awaitable<cluster::request_result> request_members(std::uint64_t guild_id,
                                                     std::string body) override {
    asked.push_back("members " + std::to_string(guild_id) + ' ' + body);
    co_return answer;
  }
  awaitable<cluster::command_result> stream_members(std::uint64_t guild_id,
                                                    std::string body) override {
    asked.push_back("stream " + std::to_string(guild_id) + ' ' + body);
    co_return command;
  }
  awaitable<cluster::request_result> join_voice(std::uint64_t guild_id, std::uint64_t channel_id,
                                                bool self_mute, bool self_deaf) override {
    asked.push_back("join " + std::to_string(guild_id) + ' ' + std::to_string(channel_id) +
                    (self_mute ? " mute" : "") + (self_deaf ? " deaf" : ""));
    co_return answer;
  }
  awaitable<cluster::command_result> leave_voice(std::uint64_t guild_id) override {
    asked.push_back("leave " + std::to_string(guild_id));
    co_return command;
  }
  awaitable<cluster::command_result> reconnect(int shard_id,
                                               gateway::reconnect_mode mode) override {
    asked.push_back("reconnect " + std::to_string(shard_id) +
                    (mode == gateway::reconnect_mode::resume ? " by resume" : " by identify"));
    co_return command;
  }
  awaitable<std::optional<int>> find_shard(std::optional<std::uint64_t> guild_id) override {
    asked.push_back("find " + std::to_string(guild_id.value_or(0)));
    co_return shard;
  }
  awaitable<cluster::reshard_progress> get_reshard() override { co_return progress; }
  awaitable<cluster::reshard_answer> reshard(int total_shards, bool is_dry_run) override {
    asked.push_back("reshard " + std::to_string(total_shards) + (is_dry_run ? " dry" : ""));
    co_return reshard_outcome;
  }
  awaitable<bool> cancel_reshard() override { co_return can_cancel; }
  awaitable<cluster::reload_result> reload() override { co_return reload_outcome; }
  awaitable<cluster::config_view> get_config() override { co_return config; }
  awaitable<cluster::gate_view> get_gate() override { co_return gate; }
};

}  // namespace gatehouse::test
