#include "manual_page.hpp"

#include "command_tree.hpp"

#include <string_view>

namespace gatehouse::app {
namespace {

/// Backslashes, hyphens that are to be copied, and what would begin a request.
std::string roff(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out += "\\&";
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string title_of(const command_facts& command) {
  std::string title = "gatehouse";
  for (const auto& each : command.path) title += " " + each;
  return title;
}

std::string option_head(const option_facts& option) {
  std::string head;
  for (const auto& name : option.names) {
    head += (head.empty() ? "" : ", ") + ("\\fB" + roff(name) + "\\fR");
  }
  if (option.names.empty()) {
    for (const auto& choice : option.choices) head += (head.empty() ? "" : " | ") + roff(choice);
    return head.empty() ? "\\fI" + option.positional + "\\fR" : head;
  }
  if (option.value.empty()) return head;
  const std::string value = "\\fI" + option.value + "\\fR";
  return head + (option.value_is_optional ? " [" + value + "]" : " " + value);
}

void append_command(std::string& out, const command_facts& command) {
  if (!command.path.empty() && command.subcommands.empty()) {
    out += ".SS " + roff(title_of(command)) + "\n" + roff(command.help) + ".\n";
    for (const auto& option : command.options) {
      if (option.names.size() == 2 && option.names.back() == "--help") continue;
      out += ".TP\n" + option_head(option) + "\n" + roff(option.help) + ".\n";
    }
  }
  for (const auto& sub : command.subcommands) append_command(out, sub);
}

constexpr std::string_view head =
    R"(.\" Made by gatehouse-manual from the definition of the command line.
.TH GATEHOUSE 1 "" "gatehouse" "User Commands"
.SH NAME
gatehouse \- Discord gateway proxy
.SH SYNOPSIS
.B gatehouse
.I COMMAND
.RI [ OPTION ...]
.SH DESCRIPTION
Gatehouse holds the gateway shards of a Discord bot and posts every event to the bot over HTTP.
.B gatehouse run
is the daemon; the other commands check its configuration, look at it and steer it.
.SH COMMANDS
)";

constexpr std::string_view tail = R"(.SH SIGNALS
Of the daemon:
.TP
.BR TERM ", " INT
Stop gracefully; a second one stops at once.
.TP
.B HUP
Read the configuration again, all or nothing.
.TP
.B USR1
Open the log file again.
.SH EXIT STATUS
.TP
.B 0
Stopped, or done, as asked.
.TP
.B 1
Anything else: no daemon answers, a reshard was rolled back, a port is in use.
.TP
.B 2
The configuration or the command line is wrong.
.TP
.B 3
Discord refuses this bot for good.
.SH ENVIRONMENT
.TP
.B GATEHOUSE_ADMIN_AUTHORIZATION
The admin secret, for the commands that talk to a running daemon.
.TP
.B NO_COLOR
Set to anything: no colours.
.PP
Every string of the configuration may name further variables as
.BR ${NAME} .
.SH FILES
.I ./gatehouse.toml
.br
.I /etc/gatehouse/gatehouse.toml
.SH SEE ALSO
The documents installed beside this page: configuration, operations, admin, delivery.
)";

}  // namespace

std::string render_manual(const CLI::App& app) {
  std::string out{head};
  append_command(out, read_definition(app));
  return out.append(tail);
}

}  // namespace gatehouse::app
