#pragma once

#include "fake_control.hpp"

#include <gatehouse/admin/control_routes.hpp>

#include <gtest/gtest.h>

#include <log_capture.hpp>
#include <loopback.hpp>
#include <string>
#include <temporary_folder.hpp>
#include <variant>
#include <vector>

namespace gatehouse::test {

inline config::settings settings_in(const temporary_folder& folder) {
  config::settings settings;
  settings.state.dir = (folder.path() / "state").string();
  return settings;
}

/// The routes over a fake daemon, asked without a server.
class control_fixture : public loopback {
 protected:
  control_fixture() {
    std::vector<admin::route> rows;
    admin::add_control_routes(rows, {control_, status_, metrics_, persistence_, recent_,
                                     captured_.log(), "1.2.3", runtime::clock::now()});
    routes_ = std::make_unique<admin::router>(std::move(rows));
  }

  admin::response ask(const std::string& method, const std::string& target, std::string body = {},
                      bool authorized = true) {
    const auto path_end = target.find('?');
    auto found = routes_->find(method, target.substr(0, path_end));
    auto* const match = std::get_if<admin::route_match>(&found);
    if (match == nullptr) throw std::logic_error("no route " + method + ' ' + target);
    admin::request asked;
    asked.method = method;
    asked.path = target.substr(0, path_end);
    if (path_end != std::string::npos) asked.query = target.substr(path_end + 1);
    asked.parameters = match->parameters;
    asked.body = std::move(body);
    asked.authorized = authorized;
    needs_ = match->row->needs;
    admin::response reply;
    run([&]() -> awaitable<void> { reply = co_await match->row->answer(asked); });
    return reply;
  }

  /// One shard as a worker publishes it.
  static shard::shard_status shard_of(int id, int generation = 0) {
    shard::shard_status status;
    status.shard_id = id;
    status.generation = generation;
    status.total_shards = 4;
    status.state = gateway::shard_state::connected;
    return status;
  }

  temporary_folder folder_;
  log_capture captured_;
  storage::persistence persistence_{settings_in(folder_), captured_.log()};
  cluster::status_board status_;
  cluster::metrics_board metrics_;
  telemetry::recent_log recent_;
  fake_control control_;
  std::unique_ptr<admin::router> routes_;
  admin::access needs_ = admin::access::open;  ///< of the last row asked
};

}  // namespace gatehouse::test
