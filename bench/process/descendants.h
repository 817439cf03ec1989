// The processes below one, as the kernel tells them (/proc/PID/task/TID/children).
#pragma once

#include <sys/types.h>

#include <vector>

namespace breakeven {

std::vector<pid_t> children_of(pid_t process);     // empty where they cannot be read
std::vector<pid_t> descendants_of(pid_t process);  // parents before their children

}  // namespace breakeven
