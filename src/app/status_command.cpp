#include "remote_session.hpp"
#include "status_view.hpp"

#include <chrono>
#include <string>
#include <thread>

namespace gatehouse::app {
namespace {

constexpr auto clear_screen = "\x1b[H\x1b[2J";

std::string ask_once(const status_command& asked, admin_client& client, bool has_colours) {
  const auto status = client.get("/status");
  const auto workers = client.get("/workers");
  const auto shards = client.get("/shards");
  if (!asked.is_json) return status_table(read_status(status, workers, shards), has_colours);
  return R"({"status":)" + status + R"(,"workers":)" + workers + R"(,"shards":)" + shards + "}\n";
}

/// Until the user has seen enough. A daemon that restarts is waited for.
[[noreturn]] void watch(const status_command& asked, admin_client& client, const console& on) {
  for (bool is_first = true;; is_first = false) {
    std::string text;
    try {
      text = ask_once(asked, client, on.has_colours);
    } catch (const admin_failure& failure) {
      (asked.is_json ? on.errors : on.out) << "gatehouse: " << failure.what() << std::endl;
    }
    if (on.is_terminal && !asked.is_json && !text.empty()) {
      on.out << clear_screen;
    } else if (!is_first && !asked.is_json) {
      on.out << '\n';
    }
    on.out << text << std::flush;
    std::this_thread::sleep_for(std::chrono::seconds{*asked.watch_seconds});
  }
}

}  // namespace

int run_status(const status_command& asked, const console& on) {
  return with_daemon(asked.access, on, [&](admin_client& client) -> int {
    if (asked.watch_seconds) watch(asked, client, on);
    on.out << ask_once(asked, client, on.has_colours);
    return stopped_as_asked;
  });
}

}  // namespace gatehouse::app
