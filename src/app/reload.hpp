#pragma once

#include <gatehouse/cluster/control.hpp>
#include <gatehouse/config/loader.hpp>
#include <gatehouse/net/tls_context.hpp>
#include <gatehouse/telemetry/logging.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace gatehouse::app {

/// HUP and USR1, which by default end a process: systemd takes that for a wish. `how` as for
/// pthread_sigmask, whose thread is the caller's.
void mask_reload_signals(int how);

/// SIGHUP and `POST /config/reload`: reads the configuration again, all or nothing: the file and
/// the environment file that the daemon was started with, and its assignments. A file with a
/// problem changes nothing; otherwise what can change without dropping a shard does, and what needs
/// a restart is named. Certificates are read again too. Main thread.
class reloader {
 public:
  /// Puts settings into force; `handler_tls` is null unless it has changed.
  using applier =
      std::function<void(std::shared_ptr<const config::settings> changed,
                         std::shared_ptr<const net::tls_context> handler_tls, int revision)>;

  reloader(config::source from, std::shared_ptr<const config::settings> running,
           std::shared_ptr<const net::tls_context> handler_tls, applier apply,
           telemetry::logger log);

  cluster::reload_result reload();
  [[nodiscard]] cluster::config_view view() const;

  /// How the reloads have gone. Any thread.
  struct record {
    std::atomic<std::uint64_t> refused = 0;
    std::atomic<bool> is_last_applied = true;
    std::atomic<std::int64_t> last_unix_seconds = 0;  ///< 0: there was none yet
  };
  [[nodiscard]] const record& history() const noexcept { return record_; }

 private:
  cluster::reload_result try_to_reload();
  cluster::reload_result refuse(std::vector<std::string> problems);

  config::source from_;
  std::shared_ptr<const config::settings> running_;
  std::shared_ptr<const net::tls_context> handler_tls_;
  applier apply_;
  telemetry::logger log_;
  record record_;
  int revision_ = 1;  ///< one more with every successful reload
};

}  // namespace gatehouse::app
