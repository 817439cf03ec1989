// Commands as tasks: what stands for a word, and what a failing command says.
#include "bench/workloads/commands.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "backends/contract/error.h"
#include "backends/contract/workload.h"

namespace breakeven {
namespace {

struct Substitution {
  const char* command;
  const char* word;
  const char* expected;
};

class Placeholders : public ::testing::TestWithParam<Substitution> {};

TEST_P(Placeholders, StandForTheWordAndItsParts) {
  EXPECT_EQ(command_for(GetParam().command, GetParam().word), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Commands, Placeholders,
    ::testing::Values(Substitution{"gzip", "a b.txt", "gzip 'a b.txt'"},
                      Substitution{"cp {} out/{/}", "in/a.png", "cp 'in/a.png' out/'a.png'"},
                      Substitution{"x {.}.jpg {/.} {//}", "in.d/a.b.png", "x 'in.d/a.b'.jpg 'a.b' 'in.d'"},
                      Substitution{"x {.} {//}", "in.d/.profile", "x 'in.d/.profile' 'in.d'"},
                      Substitution{"x {//} {/}", "/a", "x '/' 'a'"}, Substitution{"x {//}", "a", "x '.'"},
                      Substitution{"x {}", "it's; rm {}", "x 'it'\\''s; rm {}'"},
                      Substitution{"awk '{print}' {}", "a", "awk '{print}' 'a'"}));

TEST(CommandList, ReadsWhatItWrites) {
  const CommandList list{"x {}", {"a", "", "b\nc"}};
  const auto again = command_list_from(to_text(list));
  EXPECT_EQ(again.command, list.command);
  EXPECT_EQ(again.words, list.words);
}

TEST(CommandList, RefusesWhatIsNone) {
  for (const auto& text : {std::string(), std::string("x"), std::string("x\0", 2), std::string("x\0a", 3)})
    EXPECT_THROW(command_list_from(text), UsageError);
}

TEST(CommandList, HasANameOfItsContent) {
  const auto name = name_of({"/usr/bin/c++ -O3 {}", {"a"}});
  EXPECT_EQ(name.substr(0, 4), "c__-");
  EXPECT_NE(name, name_of({"/usr/bin/c++ -O3 {}", {"b"}}));
}

class CommandTask : public ::testing::Test {
 protected:
  // The bytes that one task puts out.
  std::vector<std::byte> run(const std::string& command, const std::string& word) {
    const auto file = "commands_test_" + std::to_string(::getpid()) + "_" + std::to_string(count_++);
    const auto path = std::filesystem::path(::testing::TempDir()) / file;
    std::ofstream(path, std::ios::binary) << to_text({command, {word}});
    const auto workload = find_workload(kCommandPrefix + path.string())->make({.tasks = 1});
    std::filesystem::remove(path);
    std::vector<std::byte> input(workload->input_size()), output(workload->output_capacity());
    workload->fill(0, input);
    output.resize(workload->run(input, output));
    return output;
  }

  std::string reason(const std::string& command) {
    try {
      run(command, "a");
    } catch (const std::exception& error) {
      return error.what();
    }
    return {};
  }

 private:
  static inline std::size_t count_ = 0;  // a name is registered once
};

TEST_F(CommandTask, PutsOutWhatTellsItsOutputApart) {
  EXPECT_EQ(run("echo", "a"), run("echo {}", "a"));
  EXPECT_NE(run("echo", "a"), run("echo", "b"));
}

TEST_F(CommandTask, HasNothingToRead) { EXPECT_EQ(run("cat; true", "a"), run("true", "a")); }

TEST_F(CommandTask, MayPrintMoreThanAPipeHolds) { EXPECT_EQ(reason("head -c 1000000 /dev/zero; true"), ""); }

TEST_F(CommandTask, SaysWhichCommandFailedAndWhatItSaid) {
  EXPECT_EQ(reason("echo one two >&2; exit 3; echo"),
            "echo one two >&2; exit 3; echo 'a': ended with exit code 3; it said: one two");
  EXPECT_EQ(reason("kill -9 $$; echo"), "kill -9 $$; echo 'a': was ended by signal 9");
}

TEST(CommandWorkload, WithoutItsFileIsAnErrorOfUse) {
  EXPECT_THROW(find_workload("command/no/such/file"), UsageError);
}

}  // namespace
}  // namespace breakeven
