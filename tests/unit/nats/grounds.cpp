#include "grounds.hpp"

#include "daemon_process.hpp"
#include "nats_double.hpp"
#include "nats_server.hpp"

#include <gatehouse/nats/connect.hpp>

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>

#include <chrono>
#include <optional>

namespace gatehouse::nats {

namespace {

class double_ground final : public ground {
 public:
  engine* process() override { return process_.get(); }

 private:
  nats_double servers_{1 << 20};
  std::unique_ptr<nats_double::process> process_ = servers_.make_process();
};

telemetry::logger silent() {
  return std::make_shared<spdlog::logger>("nats", std::make_shared<spdlog::sinks::null_sink_mt>());
}

/// A process of its own each time: no streams.
class server_ground final : public ground {
 public:
  server_ground() {
    if (!test::nats_server_binary()) return;
    server_.emplace();
    config::nats_settings settings;
    settings.servers = {server_->url()};
    engine_ = connect(settings, silent());
    test::wait_until([&] { return engine_->status().is_connected; }, std::chrono::seconds{10});
  }
  engine* process() override { return engine_.get(); }
  std::string why_not() override { return test::nats_server_hint; }

 private:
  std::optional<test::nats_server> server_;
  std::unique_ptr<engine> engine_;
};

}  // namespace

std::vector<ground_kind> grounds() {
  return {{"the_double", [] { return std::make_unique<double_ground>(); }},
          {"a_server", [] { return std::make_unique<server_ground>(); }}};
}

}  // namespace gatehouse::nats
