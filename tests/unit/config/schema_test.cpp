#include <gatehouse/config/definition.hpp>
#include <gatehouse/config/documentation.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

/// The JSON schema has what the key table has.
namespace gatehouse::config {
namespace {

using ::testing::HasSubstr;

TEST(schema, has_every_key_with_its_description) {
  const auto text = render_schema();
  for (const auto& row : definitions()) {
    EXPECT_THAT(text, HasSubstr("\"" + std::string{row.leaf()} + "\":{")) << row.key;
  }
}

TEST(schema, brackets_are_balanced_outside_of_strings) {
  int depth = 0;
  bool is_string = false;
  const auto text = render_schema();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      is_string = !is_string;
    } else if (!is_string) {
      depth += text[i] == '{' || text[i] == '[' ? 1 : 0;
      depth -= text[i] == '}' || text[i] == ']' ? 1 : 0;
      EXPECT_GE(depth, 0);
    }
  }
  EXPECT_EQ(depth, 0);
  EXPECT_FALSE(is_string);
}

TEST(schema, has_bounds_choices_and_defaults) {
  const auto text = render_schema();
  EXPECT_THAT(text, HasSubstr(R"("max_in_flight":{"type":"integer","minimum":1,"maximum":65536,)"));
  EXPECT_THAT(text, HasSubstr(R"({"enum":["guild","shard","none"]})"));
  EXPECT_THAT(text, HasSubstr(R"("default":"http)"));
  EXPECT_THAT(text, HasSubstr(R"("required":["urls"])"));
}

}  // namespace
}  // namespace gatehouse::config
