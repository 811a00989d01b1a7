#include "large_dispatch.hpp"

#include <gatehouse/gateway/envelope.hpp>
#include <gatehouse/gateway/opcode.hpp>
#include <gatehouse/gateway/raw_json.hpp>
#include <gatehouse/gateway/snowflake.hpp>
#include <gatehouse/gateway/text_cursor.hpp>

// simdjson's On-Demand front end walks the index that its vectorised first stage makes: every byte
// is looked at once, in stage one; a value nobody asked for is only skipped over.

namespace gatehouse::gateway {

namespace {

namespace ondemand = simdjson::ondemand;

/// Large payloads are no rarity at a start.
constexpr std::size_t kept_capacity = std::size_t{1} << 20;

/// Where an event carries its guild id, as far as `t` is known by then.
struct id_wanted {
  bool id = false;
  bool guild_id = false;
};

/// The ids found in `d`; 0 where absent.
struct ids_found {
  std::uint64_t id = 0;
  std::uint64_t guild_id = 0;
};

/// Snowflakes are strings; one that a client sent malformed may come back as a number. Anything
/// else is no guild: an odd event is forwarded all the same, it must not cost the connection.
simdjson::error_code read_id(ondemand::value value, std::uint64_t& out) {
  ondemand::json_type type{};
  if (const auto error = value.type().get(type)) return error;
  if (type == ondemand::json_type::string) {
    const std::string_view token = trimmed(value.raw_json_token());
    out = token.size() < 2 ? 0 : parse_snowflake(token.substr(1, token.size() - 2)).value_or(0);
  } else if (type == ondemand::json_type::number) {
    out = parse_snowflake(trimmed(value.raw_json_token())).value_or(0);
  }
  return simdjson::SUCCESS;
}

/// Looks at the keys of `d` itself only (a reply's `message_reference.guild_id` is another guild's)
/// and stops at the last one wanted.
simdjson::error_code scan_ids(ondemand::object& object, id_wanted wanted, ids_found& found) {
  for (auto result : object) {
    ondemand::field field;
    if (const auto error = std::move(result).get(field)) return error;
    if (wanted.guild_id && field.key() == "guild_id") {
      if (const auto error = read_id(field.value(), found.guild_id)) return error;
      wanted.guild_id = false;
    } else if (wanted.id && field.key() == "id") {
      if (const auto error = read_id(field.value(), found.id)) return error;
      wanted.id = false;
    }
    if (!wanted.guild_id && !wanted.id) break;
  }
  return simdjson::SUCCESS;
}

simdjson::error_code read_scalar(ondemand::value& value, ondemand::json_type type) {
  switch (type) {
    case ondemand::json_type::string:
      return value.get_raw_json_string().error();
    case ondemand::json_type::number:
      return value.get_number().error();
    case ondemand::json_type::boolean:
      return value.get_bool().error();
    default: {
      bool is_null = false;
      const auto error = value.is_null().get(is_null);
      return !error && !is_null ? simdjson::N_ATOM_ERROR : error;
    }
  }
}

/// Reads one object, key by key, into an envelope.
class reader {
 public:
  explicit reader(envelope& out) noexcept : out_(out) {}

  envelope_error read(ondemand::field field) {
    const ondemand::raw_json_string key = field.key();
    if (key == "t") return read_type(field.value());
    if (key == "s") return read_seq(field.value());
    if (key == "op") return read_op(field.value());
    if (key == "d") return read_data(field.value());
    return envelope_error::none;
  }

  envelope_error finish() noexcept {
    if (!op_seen_) return envelope_error::missing_op;
    out_.guild_id = is_guild_itself(out_.type) ? ids_.id : ids_.guild_id;
    return envelope_error::none;
  }

 private:
  static bool is_null(ondemand::value& value) {
    bool result = false;
    return !value.is_null().get(result) && result;
  }

  envelope_error read_type(ondemand::value value) {
    if (is_null(value)) return envelope_error::none;
    if (!read_raw_string(value, out_.type)) return envelope_error::wrong_type;
    type_seen_ = true;
    return envelope_error::none;
  }

  envelope_error read_seq(ondemand::value value) {
    if (is_null(value)) return envelope_error::none;
    return value.get_int64().get(out_.seq) ? envelope_error::wrong_type : envelope_error::none;
  }

  envelope_error read_op(ondemand::value value) {
    std::int64_t op = 0;
    if (value.get_int64().get(op) || op < 0 || op > 0xffff) return envelope_error::wrong_type;
    out_.op = static_cast<int>(op);
    op_seen_ = true;
    return envelope_error::none;
  }

  /// Where `t` or `op` follow only behind `d`, whatever they might call for is collected.
  id_wanted wanted() const noexcept {
    if (op_seen_ && out_.op != static_cast<int>(opcode::dispatch)) return {};
    if (!type_seen_) return {.id = true, .guild_id = true};
    const bool itself = is_guild_itself(out_.type);
    return {.id = itself, .guild_id = !itself};
  }

  envelope_error read_data(ondemand::value value) {
    ids_ = {};
    ondemand::json_type type{};
    if (value.type().get(type)) return envelope_error::not_json;
    std::string_view text;
    if (type == ondemand::json_type::object) {
      ondemand::object object;
      if (value.get_object().get(object)) return envelope_error::not_json;
      const id_wanted ids = wanted();
      if ((ids.id || ids.guild_id) && scan_ids(object, ids, ids_)) return envelope_error::not_json;
      if (object.raw_json().get(text)) return envelope_error::not_json;
    } else if (type == ondemand::json_type::array) {
      ondemand::array array;
      if (value.get_array().get(array)) return envelope_error::not_json;
      if (array.raw_json().get(text)) return envelope_error::not_json;
    } else {
      text = value.raw_json_token();
      if (read_scalar(value, type)) return envelope_error::not_json;
    }
    out_.data = trimmed(text);
    return envelope_error::none;
  }

  envelope& out_;
  ids_found ids_;
  bool op_seen_ = false;
  bool type_seen_ = false;
};

envelope_error read_document(ondemand::document& document, envelope& out) {
  ondemand::object root;
  if (const auto error = document.get_object().get(root)) {
    return error == simdjson::INCORRECT_TYPE ? envelope_error::not_an_object
                                             : envelope_error::not_json;
  }
  reader fields{out};
  for (auto result : root) {
    ondemand::field field;
    if (std::move(result).get(field)) return envelope_error::not_json;
    if (const auto error = fields.read(field); error != envelope_error::none) return error;
  }
  // The object must be all there is: its bytes become part of another JSON text.
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return envelope_error::not_json;
  }
  return fields.finish();
}

}  // namespace

struct envelope_parser::impl {
  padded_parser parser{kept_capacity};
};

envelope_parser::envelope_parser() : impl_(std::make_unique<impl>()) {}
envelope_parser::~envelope_parser() = default;

envelope_error envelope_parser::parse(std::string_view text, envelope& out) {
  if (text.size() >= large_payload && read_large_dispatch(text, out)) {
    impl_->parser.begin_later(text);
    return envelope_error::none;
  }
  out = {};
  if (!impl_->parser.begin(text)) return envelope_error::not_json;
  return read_document(impl_->parser.document(), out);
}

padded_parser& envelope_parser::indexed() noexcept {
  return impl_->parser;
}

}  // namespace gatehouse::gateway
