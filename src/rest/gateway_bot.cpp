#include <gatehouse/net/url.hpp>
#include <gatehouse/rest/gateway_bot.hpp>

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

namespace gatehouse::rest {
namespace {

using simdjson::dom::object;
using result = boost::system::result<gateway_bot, malformed_answer>;

/// Where new sessions begin if nobody says it (discord-api-docs: gateway, Connecting).
constexpr std::string_view usual_url = "wss://gateway.discord.gg";
/// As the configuration allows.
constexpr double most_shards = 100'000;
constexpr double most_identifies = 100'000'000;
constexpr double most_concurrency = 100'000;
/// discord-api-docs: gateway, Session Start Limit Object.
constexpr double usual_reset_ms = 24.0 * 3600 * 1000;
constexpr double longest_reset_ms = 7 * usual_reset_ms;

/// Reads what is there and notes what is not.
class lenient_reader {
 public:
  std::string url(const object& from) {
    std::string_view text;
    if (from["url"].get_string().get(text) == simdjson::SUCCESS) {
      const auto parsed = net::parse_url(text);
      if (parsed &&
          (parsed->scheme == net::url_scheme::ws || parsed->scheme == net::url_scheme::wss)) {
        return std::string{text};
      }
    }
    remark("url", "no ws or wss URL", usual_url);
    return std::string{usual_url};
  }

  /// Brought within bounds, however it is written; where there is none, what is usual.
  double number(const object* from, std::string_view name, double least, double most,
                double usual) {
    const auto value = from == nullptr ? std::nullopt : as_number(*from, name);
    const double taken = value ? std::clamp(std::trunc(*value), least, most) : usual;
    if (value != taken) {
      remark(name, "missing or odd", std::to_string(static_cast<std::int64_t>(taken)));
    }
    return taken;
  }

  [[nodiscard]] std::string take_remarks() { return std::move(remarks_); }

  static std::optional<double> as_number(const object& from, std::string_view name) {
    double value = 0;
    if (from[name].get_double().get(value) == simdjson::SUCCESS) return value;
    std::string_view text;
    if (from[name].get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
    const auto* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    const bool is_whole = read.ec == std::errc{} && read.ptr == end && std::isfinite(value);
    return is_whole ? std::optional{value} : std::nullopt;
  }

 private:
  void remark(std::string_view name, std::string_view problem, std::string_view taken) {
    if (!remarks_.empty()) remarks_ += "; ";
    remarks_.append("`").append(name).append("` is ").append(problem);
    remarks_.append(", taken for ").append(taken);
  }

  std::string remarks_;
};

/// `limit`: null where there is none.
void read_limit(const object* limit, lenient_reader& reader, gateway_bot& out) {
  const double total = reader.number(limit, "total", 0, most_identifies, usual_identifies);
  out.identifies_total = static_cast<int>(total);
  out.identifies_remaining =
      static_cast<int>(reader.number(limit, "remaining", 0, most_identifies, total));
  out.reset_after = runtime::milliseconds{static_cast<std::int64_t>(
      reader.number(limit, "reset_after", 0, longest_reset_ms, usual_reset_ms))};
  out.max_concurrency =
      static_cast<int>(reader.number(limit, "max_concurrency", 1, most_concurrency, 1));
}

}  // namespace

bool assume_usual_limit(gateway_bot& bot) noexcept {
  if (bot.identifies_total > 0) return false;
  bot.identifies_total = bot.identifies_remaining = usual_identifies;
  bot.reset_after = {};
  return true;
}

result parse_gateway_bot(std::string_view json) {
  simdjson::dom::parser parser;
  object answer;
  if (parser.parse(json.data(), json.size()).get_object().get(answer) != simdjson::SUCCESS) {
    return malformed_answer{"the answer is no JSON object"};
  }
  const bool has_shards = lenient_reader::as_number(answer, "shards").has_value();
  if (!has_shards && answer["url"].get_string().error() != simdjson::SUCCESS) {
    return malformed_answer{"the answer has neither `url` nor `shards`"};
  }
  lenient_reader reader;
  gateway_bot out;
  out.url = reader.url(answer);
  out.shards = static_cast<int>(reader.number(&answer, "shards", 1, most_shards, 1));
  object limit;
  const bool has_limit = answer["session_start_limit"].get_object().get(limit) == simdjson::SUCCESS;
  read_limit(has_limit ? &limit : nullptr, reader, out);
  out.remarks = reader.take_remarks();
  return out;
}

}  // namespace gatehouse::rest
