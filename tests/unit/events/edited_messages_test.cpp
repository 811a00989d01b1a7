#include "padded.hpp"

#include <gatehouse/events/edited_messages.hpp>
#include <gatehouse/gateway/raw_json.hpp>

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

namespace gatehouse::events {
namespace {

using runtime::milliseconds;
using runtime::time_point;

constexpr milliseconds ttl{10'000};
const time_point start{std::chrono::hours{5}};

/// The `d` of a message by its keys; each value is raw JSON.
class message {
 public:
  message()
      : keys_{{"attachments", "[]"},
              {"author", R"({"id":"5","flags":3,"content":"not this one"})"},
              {"channel_id", R"("77")"},
              {"components", "[]"},
              {"content", R"("see https://example.org")"},
              {"edited_timestamp", "null"},
              {"embeds", "[]"},
              {"flags", "0"},
              {"id", R"("1234567890")"},
              {"pinned", "false"},
              {"type", "0"}} {}

  message with(const std::string& key, const std::string& value) const {
    message changed = *this;
    changed.keys_[key] = value;
    return changed;
  }
  message without(const std::string& key) const {
    message changed = *this;
    changed.keys_.erase(key);
    return changed;
  }
  [[nodiscard]] std::string payload() const {
    std::string d;
    for (const auto& [key, value] : keys_) {
      d.append(d.empty() ? "{\"" : ",\"").append(key).append("\":").append(value);
    }
    return R"({"t":"MESSAGE","s":5,"op":0,"d":)" + d + "}}";
  }

 private:
  std::map<std::string, std::string> keys_;
};

const std::string one_embed = R"([{"type":"link","title":"An example"}])";

class edited_messages_test : public testing::Test {
 protected:
  gateway::padded_parser& indexed(const std::string& text) {
    text_.emplace(text);
    EXPECT_TRUE(parser_.begin(text_->view())) << text;
    return parser_;
  }
  void create(const message& made) { seen_.on_create(indexed(made.payload()), now_); }
  bool is_unfurl(const message& update) { return seen_.on_update(indexed(update.payload()), now_); }
  /// Of an update after the creation.
  bool is_unfurl_after(const message& created, const message& update) {
    edited_messages fresh{ttl};
    fresh.on_create(indexed(created.payload()), now_);
    return fresh.on_update(indexed(update.payload()), now_);
  }

  std::optional<padded> text_;
  gateway::padded_parser parser_{1 << 16};
  edited_messages seen_{ttl};
  time_point now_ = start;
  message sent_;
};

TEST_F(edited_messages_test, an_update_with_nothing_new_but_embeds_is_an_unfurl) {
  create(sent_);
  EXPECT_TRUE(is_unfurl(sent_.with("embeds", one_embed)));
}

TEST_F(edited_messages_test, one_of_an_unknown_message_is_not) {
  EXPECT_FALSE(is_unfurl(sent_.with("embeds", one_embed)));
  EXPECT_TRUE(is_unfurl(sent_)) << "now it is known";
}

TEST_F(edited_messages_test, one_that_comes_too_late_is_not) {
  create(sent_);
  now_ += ttl + milliseconds{1};
  EXPECT_FALSE(is_unfurl(sent_.with("embeds", one_embed)));
}

TEST_F(edited_messages_test, the_time_runs_from_the_last_update) {
  create(sent_);
  now_ += ttl;
  EXPECT_TRUE(is_unfurl(sent_.with("embeds", one_embed)));
  now_ += ttl;
  EXPECT_TRUE(is_unfurl(sent_.with("embeds", one_embed)));
}

TEST_F(edited_messages_test, whatever_else_differs_is_an_edit) {
  const std::pair<const char*, const char*> differences[] = {
      {"content", R"("something else")"},
      {"edited_timestamp", R"("2026-01-31T12:00:00.766000+00:00")"},
      {"flags", "4"},
      {"pinned", "true"},
      {"attachments", R"([{"id":"9","filename":"a.png","size":7}])"},
      {"components", R"([{"type":1}])"},
  };
  for (const auto& [key, value] : differences) {
    EXPECT_FALSE(is_unfurl_after(sent_, sent_.with("embeds", one_embed).with(key, value))) << key;
  }
}

TEST_F(edited_messages_test, each_update_is_compared_with_the_one_before) {
  create(sent_);
  const auto edited = sent_.with("content", R"("edited")")
                          .with("edited_timestamp", R"("2026-01-31T12:00:00.766195+00:00")");
  EXPECT_FALSE(is_unfurl(edited));
  EXPECT_TRUE(is_unfurl(edited.with("embeds", one_embed)));
  EXPECT_FALSE(is_unfurl(sent_)) << "back to the first text";
}

TEST_F(edited_messages_test, timestamps_are_compared_by_the_millisecond) {
  const auto at = [&](const std::string& time) {
    return sent_.with("edited_timestamp", '"' + time + '"');
  };
  const auto edited = at("2026-01-31T12:00:00.766195+00:00");
  EXPECT_TRUE(is_unfurl_after(edited, at("2026-01-31T12:00:00.766000+00:00")));
  EXPECT_TRUE(is_unfurl_after(edited, at("2026-01-31T12:00:00.766+00:00")));
  EXPECT_FALSE(is_unfurl_after(edited, at("2026-01-31T12:00:00.767195+00:00")));
  EXPECT_FALSE(is_unfurl_after(edited, at("2026-01-31T12:00:01.766195+00:00")));
  EXPECT_FALSE(is_unfurl_after(edited, sent_));
  EXPECT_TRUE(
      is_unfurl_after(at("2026-01-31T12:00:00+00:00"), at("2026-01-31T12:00:00.000900+00:00")));
  EXPECT_TRUE(is_unfurl_after(at("2026-01-31T12:00:00.5Z"), at("2026-01-31T12:00:00.500Z")));
}

TEST_F(edited_messages_test, the_signature_of_an_attachment_does_not_matter) {
  const auto attached = [&](const std::string& id, const std::string& name,
                            const std::string& url) {
    return sent_.with("attachments", R"([{"id":")" + id + R"(","filename":")" + name +
                                         R"(","size":7,"url":")" + url + R"("}])");
  };
  const auto sent = attached("9", "a.png", "https://cdn/9/a.png?ex=1&is=2&hm=3");
  EXPECT_TRUE(is_unfurl_after(sent, attached("9", "a.png", "https://cdn/9/a.png?ex=4&is=5&hm=6")));
  EXPECT_FALSE(is_unfurl_after(sent, attached("8", "a.png", "https://cdn/9/a.png?ex=1&is=2&hm=3")));
  EXPECT_FALSE(is_unfurl_after(sent, attached("9", "b.png", "https://cdn/9/a.png?ex=1&is=2&hm=3")));
  EXPECT_FALSE(is_unfurl_after(sent, sent_)) << "it was removed";
}

TEST_F(edited_messages_test, a_partial_update_is_judged_by_what_it_has) {
  const auto partial = sent_.without("author").without("content").without("flags");
  EXPECT_TRUE(is_unfurl_after(sent_, partial));
  EXPECT_FALSE(is_unfurl_after(sent_, partial.with("pinned", "true")));
  EXPECT_FALSE(is_unfurl_after(sent_, partial.without("embeds"))) << "nothing says unfurl";
}

TEST_F(edited_messages_test, what_was_not_known_before_cannot_be_compared) {
  EXPECT_FALSE(is_unfurl_after(sent_.without("content"), sent_.with("embeds", one_embed)));
}

TEST_F(edited_messages_test, a_partial_update_leaves_the_rest_known) {
  create(sent_);
  EXPECT_TRUE(is_unfurl(sent_.without("content")));
  EXPECT_FALSE(is_unfurl(sent_.with("content", R"("edited")")));
}

TEST_F(edited_messages_test, a_deferred_reply_gets_its_content) {
  const auto deferred = sent_.with("flags", "192").with("content", R"("")");
  EXPECT_FALSE(is_unfurl_after(deferred, deferred.with("flags", "64").with("embeds", one_embed)));
  EXPECT_FALSE(is_unfurl_after(deferred, deferred.without("flags").with("embeds", one_embed)));
  EXPECT_TRUE(is_unfurl_after(deferred, deferred.with("embeds", one_embed)));
}

TEST_F(edited_messages_test, a_poll_is_always_forwarded) {
  EXPECT_FALSE(is_unfurl_after(sent_, sent_.with("poll", R"({"results":{}})")));
  EXPECT_TRUE(is_unfurl_after(sent_, sent_.with("poll", "null")));
}

TEST_F(edited_messages_test, messages_are_told_apart) {
  create(sent_);
  EXPECT_FALSE(is_unfurl(sent_.with("id", R"("1234567891")")));
  EXPECT_TRUE(is_unfurl(sent_));
}

TEST_F(edited_messages_test, hidden_content_does_not_hide_an_edit) {
  const auto hidden = sent_.with("content", R"("")");
  create(hidden);
  EXPECT_TRUE(is_unfurl(hidden));
  EXPECT_FALSE(is_unfurl(hidden.with("edited_timestamp", R"("2026-01-31T12:00:00.1+00:00")")));
}

TEST_F(edited_messages_test, what_cannot_be_read_is_forwarded) {
  create(sent_);
  const std::pair<const char*, const char*> odd[] = {
      {"id", "7"},
      {"id", R"("x")"},
      {"content", "5"},
      {"flags", "-1"},
      {"flags", R"("0")"},
      {"pinned", "0"},
      {"components", "1"},
      {"attachments", "{}"},
      {"attachments", "[1]"},
      {"poll", "nul"},
      {"pinned", "fals"},
      {"edited_timestamp", R"("yesterday")"},
      {"edited_timestamp", "17"},
  };
  for (const auto& [key, value] : odd) EXPECT_FALSE(is_unfurl(sent_.with(key, value))) << key;
  for (const char* text : {"{", "[]", R"({"op":0})", R"({"op":0,"d":null})", R"({"d":[]})"}) {
    EXPECT_FALSE(seen_.on_update(indexed(text), now_)) << text;
    seen_.on_create(indexed(text), now_);
  }
  EXPECT_FALSE(is_unfurl(sent_.without("id")));
  EXPECT_TRUE(is_unfurl(sent_)) << "what was known is known";
}

TEST_F(edited_messages_test, reads_messages_of_any_size) {
  const auto large = sent_.with("content", '"' + std::string(600'000, 'x') + '"');
  create(large);
  EXPECT_TRUE(is_unfurl(large));
  EXPECT_FALSE(is_unfurl(sent_));
}

}  // namespace
}  // namespace gatehouse::events
