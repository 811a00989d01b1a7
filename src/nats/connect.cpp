#include "client.hpp"
#include "connection.hpp"

#include <gatehouse/nats/connect.hpp>

#include <utility>

namespace gatehouse::nats {

namespace {

class server_engine final : public engine {
 public:
  server_engine(const config::nats_settings& settings, const telemetry::logger& log)
      : urgent_(std::make_shared<connection>(settings, connection_purpose{"control", true}, log)),
        bulk_(std::make_shared<connection>(settings, connection_purpose{"bulk", false}, log)),
        timeout_(settings.timeout) {
    urgent_->start();
    bulk_->start();
  }
  ~server_engine() override {
    urgent_->stop();
    bulk_->stop();
  }
  server_engine(const server_engine&) = delete;
  server_engine& operator=(const server_engine&) = delete;

  std::unique_ptr<client> make_client(boost::asio::any_io_executor answers_on) override {
    return make_server_client(urgent_, bulk_, timeout_, answers_on);
  }
  connection_status status() const override {
    auto combined = urgent_->status();
    const auto bulk = bulk_->status();
    combined.is_connected = combined.is_connected && bulk.is_connected;
    if (combined.last_error.empty()) combined.last_error = bulk.last_error;
    combined.reconnects = urgent_->losses() + bulk_->losses();
    combined.dropped_messages = urgent_->dropped() + bulk_->dropped();
    return combined;
  }

 private:
  std::shared_ptr<connection> urgent_;
  std::shared_ptr<connection> bulk_;
  runtime::duration timeout_;
};

}  // namespace

std::unique_ptr<engine> connect(const config::nats_settings& settings,
                                const telemetry::logger& log) {
  return std::make_unique<server_engine>(settings, log);
}

}  // namespace gatehouse::nats
