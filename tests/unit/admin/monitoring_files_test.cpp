#include "metric_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <regex>
#include <set>
#include <string>
#include <temporary_folder.hpp>
#include <vector>

// The shipped dashboard, alerts and reference speak of metrics that exist.

namespace gatehouse::admin {
namespace {

using ::testing::HasSubstr;

const std::string dashboard_file = "config/grafana-dashboard.json";
const std::string alerts_file = "config/prometheus-alerts.yml";

std::string content(const std::string& path) {
  return test::read_file(std::string{SOURCE_ROOT} + "/" + path);
}

/// A histogram's samples have suffixes.
std::string family_of(const std::string& sample) {
  static const std::regex suffix{"_(bucket|sum|count)$"};
  return std::regex_replace(sample, suffix, "");
}

std::set<std::string> metrics_in(const std::string& text) {
  static const std::regex name{"\\b(gatehouse|process)_[a-z_]+"};
  std::set<std::string> found;
  for (std::sregex_iterator at{text.begin(), text.end(), name}, end; at != end; ++at) {
    found.insert(metric_names().contains(at->str()) ? at->str() : family_of(at->str()));
  }
  return found;
}

void expect_known(const std::set<std::string>& used, const std::string& where) {
  EXPECT_FALSE(used.empty()) << where;
  for (const auto& name : used) EXPECT_TRUE(metric_names().contains(name)) << where << ": " << name;
}

class dashboard : public ::testing::Test {
 protected:
  dashboard() : text_(content(dashboard_file)) {
    const auto error = parser_.parse(text_).get(root_);
    EXPECT_EQ(error, simdjson::SUCCESS) << error;
  }

  [[nodiscard]] std::vector<simdjson::dom::object> panels() const {
    std::vector<simdjson::dom::object> list;
    const simdjson::dom::array all = root_["panels"].get_array().value();
    for (const simdjson::dom::object panel : all) {
      list.push_back(panel);
    }
    return list;
  }

  const std::string text_;
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

TEST_F(dashboard, names_metrics_that_exist) {
  expect_known(metrics_in(text_), dashboard_file);
}

TEST_F(dashboard, lets_the_importer_choose_the_data_source) {
  EXPECT_THAT(root_["templating"]["list"].at(0)["type"].get_c_str().value(),
              ::testing::StrEq("datasource"));
  for (const auto panel : panels()) {
    const std::string title{panel["title"].get_string().value()};
    if (panel["type"].get_string().value() == "row") continue;
    EXPECT_EQ(panel["datasource"]["uid"].get_string().value(), "${datasource}") << title;
    const simdjson::dom::array targets = panel["targets"].get_array().value();
    for (const simdjson::dom::element target : targets) {
      EXPECT_EQ(target["datasource"]["uid"].get_string().value(), "${datasource}") << title;
      EXPECT_THAT(std::string{target["expr"].get_string().value()},
                  HasSubstr("job=~\"$job\",instance=~\"$instance\""))
          << title;
    }
  }
}

TEST_F(dashboard, gives_every_panel_a_number_and_a_place_of_its_own) {
  std::set<std::int64_t> numbers;
  std::set<std::pair<std::int64_t, std::int64_t>> places;
  for (const auto panel : panels()) {
    EXPECT_TRUE(numbers.insert(panel["id"].get_int64().value()).second);
    const auto at = panel["gridPos"];
    EXPECT_TRUE(places.insert({at["x"].get_int64().value(), at["y"].get_int64().value()}).second);
    EXPECT_LE(at["x"].get_int64().value() + at["w"].get_int64().value(), 24);
  }
}

TEST(alerts, name_metrics_that_exist) {
  expect_known(metrics_in(content(alerts_file)), alerts_file);
}

TEST(metrics_reference, has_every_metric_and_no_other) {
  const std::string text = content("docs/metrics.md");
  EXPECT_EQ(metrics_in(text), metric_names());
  for (const auto& name : metric_names()) {
    EXPECT_THAT(text, HasSubstr("\n| `" + name + "` | ")) << "a row for it";
  }
}

TEST(alerts, are_explained_in_the_operations_guide) {
  const std::string rules = content(alerts_file);
  const std::string guide = content("docs/operations.md");
  static const std::regex head{"- alert: ([A-Za-z]+)"};
  int alerts = 0;
  for (std::sregex_iterator at{rules.begin(), rules.end(), head}, end; at != end; ++at, ++alerts) {
    EXPECT_THAT(guide, HasSubstr("</a>`" + (*at)[1].str() + "` | ")) << "a row for it";
  }
  EXPECT_GT(alerts, 10);
}

}  // namespace
}  // namespace gatehouse::admin
