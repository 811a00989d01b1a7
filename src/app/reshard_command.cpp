#include "remote_session.hpp"
#include "reshard_view.hpp"

#include <chrono>
#include <string>
#include <thread>

namespace gatehouse::app {
namespace {

constexpr std::chrono::milliseconds poll_pause{500};
constexpr auto clear_line = "\r\x1b[K";

std::string body_of(const reshard_command& asked) {
  std::string body = "{";
  if (asked.total_shards > 0) body += "\"totalShards\":" + std::to_string(asked.total_shards);
  if (asked.what == reshard_command::action::plan) {
    body += std::string{body.size() > 1 ? "," : ""} + "\"dryRun\":true";
  }
  return body += '}';
}

/// Draws over one line on a terminal; else writes a line when something has changed.
class progress_display {
 public:
  explicit progress_display(const console& on) : on_(on) {}

  void show(const reshard_view& view) {
    if (on_.is_terminal) {
      on_.out << clear_line << progress_bar(view) << std::flush;
      return;
    }
    const std::string step = view.phase + view.waiting_for;
    if (step != shown_) on_.out << progress_text(view) << std::endl;
    shown_ = step;
  }
  void end() {
    if (on_.is_terminal) on_.out << clear_line;
  }

 private:
  const console& on_;
  std::string shown_;
};

int wait_until_done(const reshard_command& asked, admin_client& client, const console& on) {
  progress_display display{on};
  std::string json = client.get("/reshard");
  reshard_view view = read_reshard(json);
  while (!view.is_idle()) {
    if (!asked.is_json) display.show(view);
    std::this_thread::sleep_for(poll_pause);
    json = client.get("/reshard");
    view = read_reshard(json);
  }
  const bool is_done = view.last_result == "done";
  if (asked.is_json) {
    on.out << json << '\n';
  } else {
    display.end();
    if (is_done) on.out << "done\n";
  }
  if (!is_done)
    on.errors << "gatehouse: the reshard has not been done: " << view.last_result << '\n';
  return is_done ? stopped_as_asked : failed;
}

int start(const reshard_command& asked, admin_client& client, const console& on) {
  const auto answer = client.ask("POST", "/reshard", body_of(asked));
  if (!answer.is_success()) throw admin_failure("refused: " + error_text(answer));
  const bool is_plan = asked.what == reshard_command::action::plan;
  if (asked.is_json) {
    on.out << answer.body << std::endl;
  } else {
    on.out << (is_plan ? "would reshard " : "resharding ") << plan_text(read_plan(answer.body))
           << std::endl;
  }
  if (is_plan || !asked.waits) return stopped_as_asked;
  if (on.is_terminal && !asked.is_json) {
    on.out << "Ctrl-C leaves it running; gatehouse reshard --cancel rolls it back" << std::endl;
  }
  return wait_until_done(asked, client, on);
}

int cancel(const reshard_command& asked, admin_client& client, const console& on) {
  const auto answer = client.ask("DELETE", "/reshard");
  if (!answer.is_success()) throw admin_failure(error_text(answer));
  on.out << (asked.is_json ? answer.body : "rolling back") << '\n';
  return stopped_as_asked;
}

}  // namespace

int run_reshard(const reshard_command& asked, const console& on) {
  return with_daemon(asked.access, on, [&](admin_client& client) {
    return asked.what == reshard_command::action::cancel ? cancel(asked, client, on)
                                                         : start(asked, client, on);
  });
}

}  // namespace gatehouse::app
