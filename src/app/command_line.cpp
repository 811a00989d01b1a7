#include "command_line.hpp"

#include "version.hpp"

#include <filesystem>
#include <system_error>

namespace gatehouse::app {
namespace {

constexpr int longest_watch_seconds = 3600;
constexpr int most_shards = 1 << 20;

std::string find_config() {
  for (const char* path : config_paths) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return path;
  }
  return config_paths[0];
}

}  // namespace

command_line::command_line() : app_("Gatehouse, a standalone Discord gateway proxy") {
  app_.name("gatehouse");
  app_.set_version_flag("--version", std::string{"gatehouse "} + version, "Print the version");
  app_.require_subcommand(1);
  run_ = add_with_config(app_, "run", "Run the daemon");
  check_ = add_with_config(app_, "check",
                           "Validate the configuration and print what it comes to, secrets hidden");
  add_status();
  add_reshard();
  add_config();
  add_dead_letters();
  add_completions();
}

CLI::App* command_line::add_with_config(CLI::App& to, const std::string& name,
                                        const std::string& help) {
  auto* const added = to.add_subcommand(name, help);
  added
      ->add_option("-c,--config", access_.config_path,
                   "Configuration file; default: " + std::string{config_paths[0]} + ", then " +
                       config_paths[1])
      ->type_name("FILE");
  return added;
}

/// A command to a running daemon.
CLI::App* command_line::add_remote(const std::string& name, const std::string& help) {
  auto* const added = add_with_config(app_, name, help);
  added
      ->add_option("--admin", access_.url,
                   "The daemon's admin address, in place of that of the configuration")
      ->type_name("URL");
  added
      ->add_option("--authorization-file", access_.authorization_file,
                   "Holds the admin secret; GATEHOUSE_ADMIN_AUTHORIZATION is another way")
      ->type_name("FILE");
  added
      ->add_option("--ca-file", access_.ca_file,
                   "Certificates (PEM) to be trusted beside the system's")
      ->type_name("FILE");
  added->add_flag("--json", is_json_, "Print JSON");
  return added;
}

/// With the subcommand that decides between list and replay.
void command_line::add_dead_letters() {
  dead_letters_ = app_.add_subcommand(
      "dead-letters",
      "The events that handlers have refused, as they lie in state.dir; the daemon "
      "may run or not");
  dead_letters_->require_subcommand(1);
  auto* const list = add_with_config(*dead_letters_, "list", "Print them, without their payloads");
  replay_ = add_with_config(
      *dead_letters_, "replay",
      "Send them again, in order, to the handlers that the configuration names now");
  for (auto* const each : {list, replay_}) each->add_flag("--json", is_json_, "Print JSON");
}

void command_line::add_status() {
  status_ = add_remote("status", "Show shards, workers and queues of the running daemon");
  status_
      ->add_option("-w,--watch", watch_seconds_,
                   "Show it again every so many seconds, 2 unless given")
      ->type_name("SECONDS")
      ->expected(0, 1)
      ->default_str("2")
      ->check(CLI::Range(1, longest_watch_seconds).description(""));
}

void command_line::add_reshard() {
  reshard_ = add_remote("reshard", "Change the number of shards without losing an event");
  auto* const total = reshard_
                          ->add_option("-t,--total", resharding_.total_shards,
                                       "The new number of shards; default: what Discord recommends")
                          ->type_name("N")
                          ->check(CLI::Range(1, most_shards).description(""));
  auto* const dry = reshard_->add_flag("-n,--dry-run", is_dry_run_, "Say what it would take");
  auto* const cancel =
      reshard_->add_flag("--cancel", is_cancel_, "Roll back the one that is under way");
  cancel->excludes(total)->excludes(dry);
  reshard_->add_flag("--no-wait", leaves_, "Do not wait until it has ended");
}

void command_line::add_config() {
  config_ = add_remote("config", "Print the configuration that is in force, secrets hidden");
  config_->add_flag("--reload", reloads_, "Have the file read again, all or nothing");
}

void command_line::add_completions() {
  auto* const completions = app_.add_subcommand("completions", "Print completions for a shell");
  completions->add_option("SHELL", shell_, "The shell")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

command command_line::chosen() const {
  admin_access access = access_;
  if (access.config_path.empty()) access.config_path = find_config();
  if (run_->parsed()) return run_command{access.config_path};
  if (check_->parsed()) return check_command{access.config_path};
  if (dead_letters_->parsed()) {
    using action = dead_letters_command::action;
    return dead_letters_command{replay_->parsed() ? action::replay : action::list,
                                access.config_path, is_json_};
  }
  if (status_->parsed()) {
    status_command status{access, is_json_};
    if (watch_seconds_ > 0) status.watch_seconds = watch_seconds_;
    return status;
  }
  if (reshard_->parsed()) {
    using action = reshard_command::action;
    reshard_command reshard = resharding_;
    reshard.what = is_cancel_ ? action::cancel : is_dry_run_ ? action::plan : action::start;
    reshard.access = access;
    reshard.waits = !leaves_;
    reshard.is_json = is_json_;
    return reshard;
  }
  return config_command{access, is_json_, reloads_};
}

}  // namespace gatehouse::app
