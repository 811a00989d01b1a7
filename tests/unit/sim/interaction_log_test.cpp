#include "interaction_log.hpp"

#include <gtest/gtest.h>

namespace gatehouse::sim {
namespace {

using namespace std::chrono_literals;
using verdict = interaction_log::verdict;
constexpr runtime::time_point start{};

verdict respond(interaction_log& log, std::string_view token, int type, runtime::duration age) {
  return log.respond(1, token, type, start + age).outcome;
}

TEST(interaction_log, accepts_the_first_answer_only) {
  interaction_log log(3s);
  log.sent(1, "token", 2, start);
  EXPECT_EQ(respond(log, "token", 5, 2s), verdict::accepted);
  EXPECT_EQ(respond(log, "token", 4, 2s), verdict::already_acknowledged);
}

TEST(interaction_log, knows_neither_late_nor_foreign_answers) {
  interaction_log log(3s);
  log.sent(1, "token", 2, start);
  EXPECT_EQ(respond(log, "other", 5, 1s), verdict::unknown);
  EXPECT_EQ(respond(log, "token", 5, 3001ms), verdict::unknown);
  EXPECT_EQ(log.respond(2, "token", 5, start).outcome, verdict::unknown);
}

TEST(interaction_log, checks_the_answer_type_against_the_interaction) {
  struct row {
    int interaction;
    int callback;
    bool legal;
  };
  for (const auto& [interaction, callback, legal] :
       {row{2, 4, true}, row{2, 5, true}, row{2, 6, false}, row{2, 9, true}, row{3, 6, true},
        row{3, 7, true}, row{4, 8, true}, row{4, 5, false}, row{2, 8, false}, row{5, 4, true},
        row{5, 9, false}, row{2, 0, false}, row{2, 1, false}}) {
    interaction_log log(3s);
    log.sent(1, "t", interaction, start);
    EXPECT_EQ(respond(log, "t", callback, 0s), legal ? verdict::accepted : verdict::wrong_type)
        << interaction << ' ' << callback;
  }
}

}  // namespace
}  // namespace gatehouse::sim
