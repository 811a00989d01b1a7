#include <gatehouse/config/definition.hpp>
#include <gatehouse/config/documentation.hpp>

namespace gatehouse::config {
namespace {

constexpr std::string_view introduction = R"(# Configuration

<!-- Written by gatehouse-config-docs from the key table in src/config; changes go there. -->

Gatehouse reads one TOML file: `--config FILE`, or `./gatehouse.toml`, or
`/etc/gatehouse/gatehouse.toml`. [config/gatehouse.toml](../config/gatehouse.toml) is an example
with every key. Required are `discord.intents`, `handlers.urls`, and one of `discord.token` and
`discord.token_file`.

## Variables

Every string may contain `${NAME}`, replaced from the environment; a variable that is not set is an
error. `${NAME:-default}` has a default for one that is unset or empty. `NAME` is made of letters,
digits and `_`. What a variable holds is taken as it is. Write `$${` for a plain `${`; any other `$`
means itself, but a secret that has `$NAME` without braces for a word is an error. Only strings are
replaced, not keys, and not numbers.

## Beside the file

Every command takes these, so that `gatehouse check` can judge what a unit or a container runs:

| option | does |
|---|---|
| `--set KEY=VALUE` | in place of what the file says for the key, again and again. The value is written as in the file (`--set 'handlers.urls=["http://a"]'`); a string may leave its quotes out. Everybody on the machine can see it: no place for secrets |
| `--env-file FILE` | lines `NAME=value` for `${NAME}`, before the environment; comments begin with `#` or `;`, a value may stand in quotes |
| `--credentials DIR` | stands in for `CREDENTIALS_DIRECTORY` |

The daemon keeps to them when it reloads.

## Proxy

Where the only way out is an HTTP proxy, Gatehouse takes it from the environment:

| variable | holds |
|---|---|
| `https_proxy`, else `HTTPS_PROXY` | `[http://][user:password@]host[:port]`, with `%40` and the like in user and password |
| `no_proxy`, else `NO_PROXY` | what is reached directly: names (with all that is below them), addresses, each with a port if wanted, separated by commas; `*` is everything |

Through it go the encrypted connections to Discord: the gateway, and REST requests if `rest.url` is
https. The proxy has to allow CONNECT to their ports; it sees names and bytes, no contents. Handlers
are never reached through it, nor is anything without TLS. One that cannot be used, such as a SOCKS
proxy, ends the start. A change takes effect at the next start.

## Errors

Unknown keys, wrong types, values out of bounds and impossible combinations are errors. All of them
are reported at once, in the order of the file, and the exit code is 2:

```text
gatehouse.toml:4:11: discord.intents: is not an intent; did you mean "GUILD_MESSAGES"?
gatehouse.toml:9:1: handlers.timeout: is not a known key; did you mean handlers.timeout_ms?
```

Line and column are those of the value, or of the key if it is unknown; a missing key is reported
where its table begins. `toml` instead of a key means that the file is not TOML at all, which hides
whatever else is wrong with it. `--set:N:…` means the N-th of them. Messages do not quote strings of
the file or the environment, as any of them could be a secret; only where a word out of a list is
wanted, a plain word of the file is quoted.

A secret that is set to an empty string is an error too: it would turn protection off without a
word. Leave the key out instead.

## Check

`gatehouse check --config FILE` validates the file and prints the effective configuration, defaults
included, with secrets as `"<hidden>"`. It opens what the daemon would: certificates, the log's folder,
`state.dir`, libraries, as the user who asks, and in the directory where it is asked. What is allowed
but most likely not meant, such as an event name that nobody knows, is a warning: the exit code
stays 0. `gatehouse check --schema` prints a JSON schema of the file for editors (with taplo or Even
Better TOML, `#:schema ./gatehouse.schema.json` in the first line).

## Reload

On HUP the file is read again, all or nothing: with any error the running configuration stays.
Changes to keys marked *HUP* take effect at once, changes to others at the next start.

## Keys
)";

std::string in_cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string_view type_text(const definition& row) {
  switch (row.type) {
    case value_type::text:
    case value_type::choice:
      return "string";
    case value_type::boolean:
      return "boolean";
    case value_type::integer:
      return "integer";
    case value_type::text_list:
      return "array of strings";
    case value_type::intents:
      return "array of strings, or integer";
    case value_type::presence:
      return "table";
  }
  return "";
}

std::string default_cell(const definition& row) {
  if (row.required) return "required";
  const auto text = default_text(row);
  const bool speaks = !text.empty() && text != "\"\"" && row.default_note.empty();
  if (speaks || row.default_note.empty()) return text.empty() ? "–" : "`" + text + "`";
  const bool list = row.type == value_type::text_list;
  return (list ? "`" + text + "`: " : std::string{}) + std::string(row.default_note);
}

std::string reload_cell(const definition& row) {
  return row.reloadable ? "HUP" : "restart";
}

std::string reference_row(const definition& row) {
  std::string type(type_text(row));
  if (row.secret) type += ", secret";
  std::string out = "| `";
  out.append(row.leaf()).append("` | ").append(type);
  out.append(" | ").append(in_cell(default_cell(row)));
  out.append(" | ").append(in_cell(allowed_text(row)));
  out.append(" | ").append(reload_cell(row));
  return out.append(" | ").append(in_cell(row.help)).append(" |\n");
}

std::string heading(std::string_view section) {
  std::string out = "\n### ";
  if (section == route_section) {
    return out.append("`[[").append(section).append("]]`\n\nAny number of them.\n");
  }
  return out.append("`[").append(section).append("]`\n");
}

}  // namespace

std::string render_reference() {
  std::string out(introduction);
  for (const auto section : sections()) {
    out += heading(section);
    out +=
        "\n| key | type | default | allowed | takes effect | meaning "
        "|\n|---|---|---|---|---|---|\n";
    for (const auto& row : definitions()) {
      if (row.section() == section) out += reference_row(row);
    }
  }
  return out;
}

}  // namespace gatehouse::config
