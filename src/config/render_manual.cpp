#include <gatehouse/config/definition.hpp>
#include <gatehouse/config/documentation.hpp>

namespace gatehouse::config {
namespace {

constexpr std::string_view head =
    R"(.\" Written by gatehouse-config-docs from the key table in src/config; changes go there.
.TH GATEHOUSE.TOML 5 "" "gatehouse" "File Formats"
.SH NAME
gatehouse.toml \- configuration of gatehouse
.SH SYNOPSIS
.I ./gatehouse.toml
.br
.I /etc/gatehouse/gatehouse.toml
.SH DESCRIPTION
A file in TOML. Required are discord.intents, handlers.urls, and one of discord.token and
discord.token_file.
.PP
Every string may contain
.B ${NAME}
or
.BR ${NAME:\-default} ,
replaced from the environment; $${ is a plain ${.
.PP
.B gatehouse check
judges a file and names every mistake with its place. Keys marked HUP take effect on a reload, others
at the next start.
)";

constexpr std::string_view tail = R"(.SH SEE ALSO
.BR gatehouse (1)
)";

/// Backslashes and hyphens that are to be copied; what stands in backquotes becomes bold.
std::string roff(std::string_view text) {
  std::string out;
  bool is_bold = false;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '`') {
      is_bold = !is_bold;
      out += is_bold ? "\\fB" : "\\fR";
    } else {
      out += c;
    }
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string facts(const definition& row) {
  std::string text;
  const auto add = [&text](std::string_view fact) {
    if (!fact.empty()) text.append(text.empty() ? "" : "; ").append(fact);
  };
  add(row.required ? "required" : "");
  const auto standard = default_text(row);
  if (!standard.empty() && standard != "\"\"") add("default: " + standard);
  if (!row.default_note.empty()) add("without it: " + std::string(row.default_note));
  const auto allowed = allowed_text(row);
  if (!allowed.empty()) add("allowed: " + allowed);
  add(row.reloadable ? "HUP" : "");
  return text;
}

}  // namespace

std::string render_manual() {
  std::string out(head);
  for (const auto section : sections()) {
    const bool is_route = section == route_section;
    out.append(".SH ").append(is_route ? "[[" : "[").append(section);
    out.append(is_route ? "]]\n" : "]\n");
    for (const auto& row : definitions()) {
      if (row.section() != section) continue;
      out.append(".TP\n.B ").append(roff(row.leaf())).append("\n");
      out.append(roff(row.help)).append("\n.br\n").append(roff(facts(row))).append("\n");
    }
  }
  return out.append(tail);
}

}  // namespace gatehouse::config
