// The executable's life: start, flood, watch, stop.
#include "append.hpp"
#include "cli.hpp"
#include "live_view.hpp"

#include <gatehouse/sim/simulator.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <unistd.h>

namespace gatehouse::sim {
namespace {

namespace asio = boost::asio;
constexpr std::chrono::milliseconds watch_period{100};

/// Written under another name first: whoever waits for the file finds it complete.
void write_file(const std::string& path, const std::string& text) {
  const std::string temporary = path + ".new";
  std::ofstream file(temporary, std::ios::trunc);
  file << text;
  file.close();
  if (!file || std::rename(temporary.c_str(), path.c_str()) != 0) {
    throw std::runtime_error("cannot write " + path);
  }
}

class program {
 public:
  explicit program(const cli_options& options)
      : options_(options),
        simulator_(options.simulator),
        signals_(loop_, SIGINT, SIGTERM),
        start_signal_(loop_, SIGUSR1),
        timer_(loop_) {
    if (options.handler_port) {
      event_handler_options chosen = options.handler;
      if (options.verify) chosen.registry = simulator_.registry();
      handler_.emplace(std::move(chosen));
      handler_->set_default_answer({.delay = runtime::milliseconds{options.handler_delay_ms}});
    }
    if (options.latency) simulator_.registry()->measure_latency();
    for (const auto& what : options.faults) inject_or_wait(what);
    for (const auto& what : options.rest_faults) simulator_.inject(what);
  }

  int serve() {
    announce();
    signals_.async_wait([this](boost::system::error_code error, int) {
      if (!error) loop_.stop();
    });
    start_signal_.async_wait([this](boost::system::error_code error, int) {
      if (!error) release();
    });
    watch();
    loop_.run();
    report();
    return 0;
  }

 private:
  enum class flood_state { waiting, prepared, running, done };

  /// A fault without a trigger is meant for the sessions there will be, not for none.
  void inject_or_wait(fault what) {
    if (!what.at_event && !what.at_time) what.at_event = 1;
    simulator_.inject(what);
  }

  std::string addresses() const {
    return concat(R"({"pid":)", ::getpid(), R"(,"rest_url":)", json_string(simulator_.rest_url()),
                  R"(,"gateway_url":)", json_string(simulator_.gateway_url()), R"(,"resume_url":)",
                  json_string(simulator_.resume_url()), R"(,"rest_port":)", simulator_.rest_port(),
                  R"(,"gateway_port":)", simulator_.gateway_port(), R"(,"handler_url":)",
                  handler_ ? json_string(handler_->url()) : "null", R"(,"token":)",
                  json_string(options_.simulator.token), R"(,"ca_file":)",
                  options_.ca_file_out.empty() ? "null" : json_string(options_.ca_file_out), "}\n");
  }

  void announce() {
    if (!options_.ca_file_out.empty()) write_file(options_.ca_file_out, simulator_.ca_pem());
    if (!options_.ready_file.empty()) write_file(options_.ready_file, addresses());
    if (options_.json) return;
    std::cout << "REST     " << simulator_.rest_url() << "\ngateway  " << simulator_.gateway_url()
              << '\n';
    if (handler_) std::cout << "handler  " << handler_->url() << '\n';
    std::cout << std::flush;
  }

  void watch() {
    timer_.expires_after(watch_period);
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      if (tick()) {
        watch();
      } else {
        loop_.stop();
      }
    });
  }

  /// False when the time is up or the work is done.
  bool tick() {
    const auto now = runtime::clock::now();
    const auto numbers = simulator_.statistics();
    if (options_.flood > 0) drive_flood(numbers, now);
    if (options_.live && now - last_line_ >= std::chrono::seconds(1)) show(numbers, now);
    if (flood_ == flood_state::done && options_.exit_when_delivered) return false;
    return options_.seconds == 0 || now - started_ < std::chrono::seconds(options_.seconds);
  }

  void drive_flood(const statistics& numbers, runtime::time_point now) {
    switch (flood_) {
      case flood_state::waiting:
        if (numbers.connected_sessions() >= options_.shards && numbers.pending_bytes == 0) {
          start_flood(now);
        }
        return;
      case flood_state::running:
        if (numbers.flood_remaining == 0 && numbers.pending_bytes == 0 && handler_has_all()) {
          flood_ = flood_state::done;
          flood_time_ = now - flood_started_;
        }
        return;
      case flood_state::prepared:
      case flood_state::done:
        return;
    }
  }

  void start_flood(runtime::time_point now) {
    flood_started_ = now;
    flood_ = flood_state::running;
    if (!options_.prepared) return simulator_.flood(options_.flood);
    simulator_.prepare_flood(options_.flood);
    flood_ = flood_state::prepared;
    if (options_.wait_for_signal) {
      if (!options_.json) std::cout << "prepared; waiting for SIGUSR1" << std::endl;
    } else {
      release();
    }
  }

  void release() {
    if (flood_ != flood_state::prepared) return;
    flood_started_ = runtime::clock::now();
    flood_ = flood_state::running;
    simulator_.release_flood();
  }

  [[nodiscard]] bool handler_has_all() const {
    return !handler_ || !options_.handler.check_order ||
           handler_->statistics().numbered >= options_.flood;
  }

  void show(const statistics& numbers, runtime::time_point now) {
    std::optional<handler_statistics> handled;
    if (handler_) handled = handler_->statistics();
    const auto text = view_.line(numbers, handled, now - last_line_);
    last_line_ = now;
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    std::cerr << (terminal ? "\r\x1b[K" : "") << text << (terminal ? "" : "\n") << std::flush;
  }

  void report() const {
    if (options_.live && ::isatty(STDERR_FILENO) == 1) std::cerr << '\n';
    const auto numbers = simulator_.statistics();
    const std::chrono::duration<double> flood_seconds = flood_time_;
    if (options_.json) {
      std::cout << R"({"simulator":)" << to_json(numbers) << R"(,"flood_seconds":)"
                << flood_seconds.count() << R"(,"handler":)"
                << (handler_ ? to_json(handler_->statistics()) : "null");
      if (handler_ && options_.verify) {
        std::cout << R"(,"missing":)" << simulator_.registry()->missing().size();
      }
      if (options_.latency) report_latency(simulator_.registry()->measured());
      std::cout << "}\n";
      return;
    }
    live_view whole;
    std::optional<handler_statistics> handled;
    if (handler_) handled = handler_->statistics();
    std::cout << whole.line(numbers, handled, runtime::clock::now() - started_) << '\n';
    if (flood_time_ > runtime::duration::zero()) {
      std::cout << options_.flood << " events in " << flood_seconds.count() << " s\n";
    }
    for (const auto& entry : numbers.violations) {
      std::cout << "violation: " << to_string(entry.kind) << ": " << entry.text << '\n';
    }
  }

  static void report_latency(const event_registry::latency& measured) {
    const auto in_ms = [](runtime::duration time) {
      return std::chrono::duration<double, std::milli>{time}.count();
    };
    std::cout << R"(,"latency_ms":{"events":)" << measured.events << R"(,"p50":)"
              << in_ms(measured.median) << R"(,"p99":)" << in_ms(measured.percentile_99)
              << R"(,"max":)" << in_ms(measured.longest) << "}";
  }

  const cli_options& options_;
  simulator simulator_;
  std::optional<event_handler> handler_;
  asio::io_context loop_;
  asio::signal_set signals_;
  asio::signal_set start_signal_;
  asio::steady_timer timer_;
  live_view view_;
  flood_state flood_ = flood_state::waiting;
  runtime::time_point started_ = runtime::clock::now();
  runtime::time_point last_line_ = started_;
  runtime::time_point flood_started_;
  runtime::duration flood_time_{0};
};

}  // namespace

int run(const cli_options& options) {
  return program(options).serve();
}

}  // namespace gatehouse::sim
