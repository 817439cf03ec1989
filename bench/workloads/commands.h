// `command/FILE`: commands as tasks, one for each of a list of words, as xargs -P and GNU parallel run them.
#pragma once

#include <string>
#include <vector>

namespace breakeven {

inline constexpr const char* kCommandPrefix = "command/";

// What FILE holds: each of these ends with a zero byte, the command first.
struct CommandList {
  std::string command;  // of the shell; {} {/} {//} {.} {/.} stand for the word and for parts of it
  std::vector<std::string> words;  // file names, mostly
};

std::string to_text(const CommandList& list);
std::string name_of(
    const CommandList& list);  // of its file: the first word of the command and a checksum of all
CommandList command_list_from(const std::string& text);  // throws UsageError

// The command with the word put in, quoted for the shell: {} whole, {/} without folders, {//} its folder, {.} and {/.}
// without the ending. Without any of them the word comes last.
std::string command_for(const std::string& command, const std::string& word);

}  // namespace breakeven
