#pragma once

#include <gatehouse/app/cli.hpp>

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace gatehouse::app {

/// The one definition of the command line: parser, completions and manual page are read off it.
class command_line {
 public:
  command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  [[nodiscard]] CLI::App& definition() noexcept { return app_; }
  /// Once it has parsed.
  [[nodiscard]] command chosen() const;
  /// The shell whose completions are wanted; empty: none.
  [[nodiscard]] const std::string& completions_for() const noexcept { return shell_; }
  /// Those to complete; empty: the script is wanted.
  [[nodiscard]] const std::vector<std::string>& words() const noexcept { return words_; }

 private:
  CLI::App* add_with_config(CLI::App& to, const std::string& name, const std::string& help);
  CLI::App* add_remote(CLI::App& to, const std::string& name, const std::string& help);
  CLI::App* add_remote(const std::string& name, const std::string& help) {
    return add_remote(app_, name, help);
  }
  void add_dead_letters();
  CLI::App* add_letters(dead_letters_command::action what, const std::string& name,
                        const std::string& help);
  void add_check();
  void add_health();
  void add_status();
  void add_tail();
  void add_reshard();
  void add_cluster();
  void add_config();
  void add_completions();
  [[nodiscard]] dead_letters_command chosen_letters() const;

  CLI::App app_;
  CLI::App* run_;
  CLI::App* check_ = nullptr;
  CLI::App* health_ = nullptr;
  CLI::App* doctor_ = nullptr;
  CLI::App* tail_command_ = nullptr;
  CLI::App* dead_letters_ = nullptr;
  CLI::App* status_ = nullptr;
  CLI::App* reshard_ = nullptr;
  CLI::App* cluster_status_ = nullptr;
  CLI::App* config_ = nullptr;

  admin_access access_;
  bool is_json_ = false;
  bool is_schema_ = false;
  bool is_readiness_ = false;
  tail_command tail_;
  int watch_seconds_ = 0;  ///< 0: no
  reshard_command resharding_;
  bool is_dry_run_ = false;
  bool is_cancel_ = false;
  bool leaves_ = false;
  bool reloads_ = false;
  dead_letters_command letters_;
  std::string older_than_;
  std::string newer_than_;
  std::string shell_;
  std::vector<std::string> words_;
};

}  // namespace gatehouse::app
