#include "remote_session.hpp"
#include "status_view.hpp"

#include <chrono>
#include <string>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>

namespace gatehouse::app {
namespace {

constexpr auto clear_screen = "\x1b[H\x1b[2J";

/// The daemon's figures are renewed once a second: two looks this far apart differ.
constexpr std::chrono::milliseconds look_again_after{1'100};

/// Of a route that an older daemon may not have.
std::string get_if_known(admin_client& client, const std::string& route) {
  auto answer = client.ask("GET", route);
  return answer.is_success() ? std::move(answer.body) : "null";
}

status_bodies ask(admin_client& client) {
  return {.status = client.get("/status"),
          .workers = client.get("/workers"),
          .shards = client.get("/shards"),
          .queue = get_if_known(client, "/queue"),
          .verdict = get_if_known(client, "/verdict"),
          .config = get_if_known(client, "/config")};
}

std::string as_json(const status_bodies& of) {
  return R"({"verdict":)" + of.verdict + R"(,"status":)" + of.status + R"(,"workers":)" +
         of.workers + R"(,"shards":)" + of.shards + R"(,"queue":)" + of.queue + "}\n";
}

/// Lines of the terminal; 0: it does not tell.
std::size_t terminal_height() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

/// Until the user has seen enough. A daemon that restarts is waited for.
[[noreturn]] void watch(const status_command& asked, admin_client& client, const console& on) {
  status_view before;
  for (bool is_first = true;; is_first = false) {
    std::string text;
    try {
      const auto answers = ask(client);
      auto view = read_status(answers);
      add_rates(view, before);
      text = asked.is_json ? as_json(answers) : status_table(view, on.has_colours);
      before = std::move(view);
    } catch (const admin_failure& failure) {
      (asked.is_json ? on.errors : on.out) << "gatehouse: " << failure.what() << std::endl;
    }
    if (on.is_terminal && !asked.is_json && !text.empty()) {
      text = clear_screen + first_lines(text, terminal_height());
      text.pop_back();  // the cursor stays in the last line
    } else if (!is_first && !asked.is_json) {
      on.out << '\n';
    }
    on.out << text << std::flush;
    std::this_thread::sleep_for(std::chrono::seconds{*asked.watch_seconds});
  }
}

/// Rates need a second look, where there is a handler that has any.
status_view look_twice(admin_client& client) {
  auto view = read_status(ask(client));
  if (view.handlers.empty()) return view;
  std::this_thread::sleep_for(look_again_after);
  auto later = read_status(ask(client));
  add_rates(later, view);
  return later;
}

}  // namespace

int run_status(const status_command& asked, const console& on) {
  return with_daemon(asked.access, on, [&](admin_client& client) -> int {
    if (asked.watch_seconds) watch(asked, client, on);
    on.out << (asked.is_json ? as_json(ask(client))
                             : status_table(look_twice(client), on.has_colours));
    return stopped_as_asked;
  });
}

}  // namespace gatehouse::app
