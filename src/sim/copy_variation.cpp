#include "copy_variation.hpp"

#include "append.hpp"

#include <simdjson.h>

#include <algorithm>
#include <vector>

namespace gatehouse::sim {
namespace {

namespace dom = simdjson::dom;

class writer {
 public:
  explicit writer(std::uint64_t session) : session_(session) {}

  void write(dom::element value) {
    std::string_view text;
    dom::object object;
    dom::array array;
    if (!value.get(object)) {
      write_object(object);
    } else if (!value.get(array)) {
      write_array(array);
    } else if (!value.get(text)) {
      write_text(text);
    } else {
      out_ += simdjson::minify(value);
    }
  }
  std::string take() && { return std::move(out_); }

 private:
  void write_object(dom::object object) {
    std::vector<dom::key_value_pair> members(object.begin(), object.end());
    const auto mark = std::find_if(members.begin(), members.end(),
                                   [](const auto& member) { return member.key == "sim"; });
    const auto turn = static_cast<std::ptrdiff_t>(
        mark == members.begin() ? 0 : session_ % static_cast<std::size_t>(mark - members.begin()));
    std::rotate(members.begin(), members.begin() + turn, mark);
    if (session_ % 2 == 1) std::reverse(members.begin(), mark);
    out_ += '{';
    for (const auto& member : members) {
      if (out_.back() != '{') out_ += ',';
      append_json_string(out_, member.key);
      out_ += ':';
      write(member.value);
    }
    out_ += '}';
  }

  void write_array(dom::array array) {
    out_ += '[';
    for (const auto element : array) {
      if (out_.back() != '[') out_ += ',';
      write(element);
    }
    out_ += ']';
  }

  void write_text(std::string_view text) {
    const bool is_file = text.starts_with("https://cdn.discordapp.com/") ||
                         text.starts_with("https://media.discordapp.net/");
    append_json_string(out_, is_file ? concat(text, "?ex=", session_ % 99'991,
                                              "&is=", session_ % 9'973, "&hm=", session_, "&")
                                     : std::string{text});
  }

  std::uint64_t session_;
  std::string out_;
};

}  // namespace

std::string vary_copy(std::string_view d, std::uint64_t session) {
  dom::parser parser;
  dom::element parsed;
  if (parser.parse(d.data(), d.size()).get(parsed)) return std::string{d};
  writer made{session};
  made.write(parsed);
  return std::move(made).take();
}

}  // namespace gatehouse::sim
