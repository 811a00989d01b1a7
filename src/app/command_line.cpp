#include "command_line.hpp"

#include "build_facts.hpp"

#include <array>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

namespace gatehouse::app {
namespace {

constexpr int longest_watch_seconds = 3600;
constexpr int most_shards = 1 << 20;

/// A number and its unit.
std::optional<std::chrono::seconds> parse_age(std::string_view text) {
  constexpr std::string_view units = "smhd";
  constexpr std::array<int, units.size()> seconds{1, 60, 3'600, 86'400};
  const auto unit = text.empty() ? text.npos : units.find(text.back());
  int count = 0;
  if (unit == text.npos) return std::nullopt;
  const auto* const end = text.data() + text.size() - 1;
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || stop != end || count < 0) return std::nullopt;
  return std::chrono::seconds{std::int64_t{count} * seconds.at(unit)};
}

}  // namespace

command_line::command_line() : app_("Gatehouse, a standalone Discord gateway proxy") {
  app_.name("gatehouse");
  app_.set_version_flag("--version", build_facts(), "Print version, commit and libraries");
  app_.require_subcommand(1);
  run_ = add_with_config(app_, "run", "Run the daemon");
  add_check();
  add_status();
  add_tail();
  add_health();
  doctor_ = add_with_config(app_, "doctor",
                            "Try out what the configuration names: Discord, handlers, machine");
  add_reshard();
  add_cluster();
  add_config();
  add_dead_letters();
  add_completions();
}

CLI::App* command_line::add_with_config(CLI::App& to, const std::string& name,
                                        const std::string& help) {
  auto* const added = to.add_subcommand(name, help);
  added
      ->add_option("-c,--config", access_.from.path,
                   "Configuration file; default: " + std::string{config::default_paths[0]} +
                       ", then " + config::default_paths[1])
      ->type_name("FILE");
  added
      ->add_option("--set", access_.from.assignments,
                   "In place of what the file says for this key; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  added
      ->add_option("--env-file", access_.from.env_file,
                   "Lines NAME=value for ${NAME}, as in the unit's EnvironmentFile=")
      ->type_name("FILE");
  added
      ->add_option("--credentials", access_.from.credentials, "Stands in for CREDENTIALS_DIRECTORY")
      ->type_name("DIR");
  return added;
}

void command_line::add_check() {
  check_ = add_with_config(app_, "check",
                           "Judge the configuration and print what it comes to, secrets hidden");
  check_->add_flag("--schema", is_schema_,
                   "Print the JSON schema of the configuration, for editors");
}

void command_line::add_health() {
  health_ = add_remote("health", "Exit with 0 if the running daemon is alive, else with 1");
  health_->add_flag("--ready", is_readiness_, "If every shard is connected");
}

void command_line::add_tail() {
  tail_command_ = add_remote("tail", "Show events as they are delivered");
  tail_command_->add_flag("--json", is_json_, "Print JSON");
  tail_command_->add_option("-e,--event", tail_.events, "Only events of this name; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  tail_command_->add_option("--shard", tail_.shard_id, "Only events of this shard")
      ->type_name("N")
      ->check(CLI::Range(0, most_shards).description(""));
  tail_command_->add_option("--guild", tail_.guild_id, "Only events of this guild")
      ->type_name("ID")
      ->check(CLI::Validator{[](const std::string& text) {
                               const bool is_id =
                                   text.find_first_not_of("0123456789") == std::string::npos;
                               return is_id && !text.empty() ? "" : "not the id of a guild";
                             },
                             ""});
  tail_command_->add_flag("--payload", tail_.has_payload,
                          "With what Discord has sent; may hold tokens of interactions");
}

/// A command to a running daemon.
CLI::App* command_line::add_remote(CLI::App& to, const std::string& name, const std::string& help) {
  auto* const added = add_with_config(to, name, help);
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
  return added;
}

/// The commands to dead letters, but for the one that names its letter, take those that the filters
/// leave.
CLI::App* command_line::add_letters(dead_letters_command::action what, const std::string& name,
                                    const std::string& help) {
  auto* const added = add_with_config(*dead_letters_, name, help);
  added->add_flag("--json", is_json_, "Print JSON");
  added->parse_complete_callback([this, what] { letters_.what = what; });
  if (what == dead_letters_command::action::show) {
    added->add_option("ID", letters_.event_id, "The event's id, as the list has it")
        ->required()
        ->type_name("");
    return added;
  }
  added->add_option("--event", letters_.events, "Only events of this name; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  const CLI::Validator is_age{[](const std::string& text) {
                                return parse_age(text) ? "" : "not an age like 90s, 15m, 2h or 7d";
                              },
                              ""};
  added->add_option("--older-than", older_than_, "Only those refused longer ago: 90s, 15m, 2h, 7d")
      ->type_name("AGE")
      ->check(is_age);
  added->add_option("--newer-than", newer_than_, "Only those refused since: 90s, 15m, 2h, 7d")
      ->type_name("AGE")
      ->check(is_age);
  return added;
}

void command_line::add_dead_letters() {
  dead_letters_ = app_.add_subcommand(
      "dead-letters",
      "The events that handlers have refused, as they lie in state.dir; the daemon "
      "may run or not");
  dead_letters_->require_subcommand(1);
  using action = dead_letters_command::action;
  add_letters(action::list, "list", "Print them, without their payloads");
  add_letters(action::show, "show", "Print one with its payload, which may hold a token");
  add_letters(action::replay, "replay",
              "Send them again, in order, to the handlers that the configuration names now");
  add_letters(action::purge, "purge", "Remove them for good");
}

void command_line::add_status() {
  status_ =
      add_remote("status", "Show what is wrong, shards, handlers and queues of the running daemon");
  status_->add_flag("--json", is_json_, "Print JSON");
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
  reshard_->add_flag("--json", is_json_, "Print JSON");
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

void command_line::add_cluster() {
  auto* const cluster =
      app_.add_subcommand("cluster", "The processes that hold the bot's shards together");
  cluster->require_subcommand(1);
  cluster_status_ = add_remote(*cluster, "status",
                               "Show members, shards and NATS, as the running daemon sees them");
  cluster_status_->add_flag("--json", is_json_, "Print JSON");
}

void command_line::add_config() {
  config_ = add_remote("config", "Print the configuration that is in force, secrets hidden");
  config_->add_flag("--json", is_json_, "Print JSON");
  config_->add_flag("--reload", reloads_, "Have the file read again, all or nothing");
}

void command_line::add_completions() {
  auto* const completions = app_.add_subcommand("completions", "Print completions for a shell");
  completions->add_option("SHELL", shell_, "The shell")
      ->required()
      ->type_name("")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completions
      ->add_option("WORD", words_,
                   "Behind --, the words of a line: what the last one may become, for the script")
      ->type_name("");
}

command command_line::chosen() const {
  const auto& from = access_.from;
  if (run_->parsed()) return run_command{from};
  if (check_->parsed()) return check_command{from, is_schema_};
  if (doctor_->parsed()) return doctor_command{from};
  if (health_->parsed()) return health_command{access_, is_readiness_};
  if (dead_letters_->parsed()) return chosen_letters();
  if (cluster_status_->parsed()) return cluster_command{access_, is_json_};
  if (status_->parsed()) {
    status_command status{access_, is_json_};
    if (watch_seconds_ > 0) status.watch_seconds = watch_seconds_;
    return status;
  }
  if (tail_command_->parsed()) {
    tail_command tail = tail_;
    tail.access = access_;
    tail.is_json = is_json_;
    return tail;
  }
  if (reshard_->parsed()) {
    using action = reshard_command::action;
    reshard_command reshard = resharding_;
    reshard.what = is_cancel_ ? action::cancel : is_dry_run_ ? action::plan : action::start;
    reshard.access = access_;
    reshard.waits = !leaves_;
    reshard.is_json = is_json_;
    return reshard;
  }
  return config_command{access_, is_json_, reloads_};
}

dead_letters_command command_line::chosen_letters() const {
  dead_letters_command letters = letters_;
  letters.from = access_.from;
  letters.is_json = is_json_;
  letters.older_than = parse_age(older_than_);
  letters.newer_than = parse_age(newer_than_);
  return letters;
}

}  // namespace gatehouse::app
