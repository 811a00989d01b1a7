#include "json_reading.hpp"
#include "remote_session.hpp"

#include <string>

namespace gatehouse::app {
namespace {

namespace dom = simdjson::dom;

std::string listed(simdjson::simdjson_result<dom::element> names) {
  std::string text;
  for_each(names, [&](dom::element each) {
    std::string_view name;
    if (each.get(name) == simdjson::SUCCESS) text.append(text.empty() ? "" : ", ").append(name);
  });
  return text;
}

void print_reload(dom::element answer, const console& on) {
  std::int64_t revision = 0;
  read(answer, "revision", revision);
  on.out << "revision " << revision << " is in force\n";
  if (const auto changed = listed(answer["changed"]); !changed.empty()) {
    on.out << "changed: " << changed << '\n';
  }
  if (const auto waiting = listed(answer["needsRestart"]); !waiting.empty()) {
    on.out << "only a restart brings into effect: " << waiting << '\n';
  }
}

int reload(const config_command& asked, admin_client& client, const console& on) {
  constexpr unsigned unprocessable = 422;
  const auto reply = client.ask("POST", "/config/reload");
  if (!reply.is_success() && reply.status != unprocessable) throw admin_failure(error_text(reply));
  dom::parser parser;
  const dom::element answer = parse_answer(parser, reply.body);
  if (asked.is_json) {
    on.out << reply.body << '\n';
  } else if (reply.is_success()) {
    print_reload(answer, on);
  } else {
    for_each(answer["problems"], [&](dom::element each) {
      std::string_view problem;
      if (each.get(problem) == simdjson::SUCCESS) on.errors << problem << '\n';
    });
    on.errors << "nothing has changed\n";
  }
  return reply.is_success() ? stopped_as_asked : bad_configuration;
}

int print(const config_command& asked, admin_client& client, const console& on) {
  const auto json = client.get("/config");
  if (asked.is_json) {
    on.out << json << '\n';
    return stopped_as_asked;
  }
  dom::parser parser;
  const dom::element view = parse_answer(parser, json);
  std::int64_t revision = 0;
  std::string file;
  read(view, "revision", revision);
  read(view, "file", file);
  on.out << "# revision " << revision << ", " << file << '\n' << client.get("/config?format=toml");
  return stopped_as_asked;
}

}  // namespace

int run_config(const config_command& asked, const console& on) {
  return with_daemon(asked.access, on, [&](admin_client& client) {
    return asked.reloads ? reload(asked, client, on) : print(asked, client, on);
  });
}

}  // namespace gatehouse::app
