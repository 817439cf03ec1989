// What the programs of MPI have in common: a timer, the request, and an end that no rank waits for in vain.
#pragma once

#include <string>

namespace breakeven {

// Arms the timer that ends this process, whatever becomes of rank 0, of its launcher, or of the link to them: so many seconds
// and five more from now. Before anything else that could wait.
void arm(double deadline_s);

// Starts MPI, and calls `run` with the last word of the command line; `-` stands for what rank 0 finds on standard input.
// Returns the exit code: that of `run`, or 2 where it throws, which rank 0 says.
int run_with_mpi(const char* program, int count, char** words, int (*run)(const std::string& text));

}  // namespace breakeven
