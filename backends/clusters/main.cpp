#include "backends/clusters/main.h"

#include <mpi.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <iostream>
#include <iterator>

#include "backends/clusters/world.h"
#include "bench/text/json_reader.h"

namespace breakeven {
namespace {

constexpr double kBeyondTheDeadline = 5;     // seconds: what a rank lives on behind a link that was cut
constexpr double kUntilRequest = 60;         // seconds, where the request is still to come
constexpr double kLongestTimer = 1'000'000;  // seconds

// The deadline that stands in a request; where it is none, what is left for its reader to say.
double deadline_of(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    return json.value("deadline_s", kUntilRequest);
  } catch (const std::exception&) {
    return kUntilRequest;
  }
}

std::string from_rank_0() {
  std::string text;
  if (world.rank == 0) text.assign(std::istreambuf_iterator<char>(std::cin), {});
  auto size = static_cast<std::uint64_t>(text.size());
  MPI_Bcast(&size, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
  text.resize(size);
  MPI_Bcast(text.data(), whole(size), MPI_CHAR, 0, MPI_COMM_WORLD);
  return text;
}

}  // namespace

void arm(double deadline_s) {
  const double seconds = std::ceil(std::clamp(deadline_s, 0.0, kLongestTimer) + kBeyondTheDeadline);
  ::alarm(static_cast<unsigned>(seconds));
}

int run_with_mpi(const char* program, int count, char** words, int (*run)(const std::string& text)) {
  std::string text = count > 1 ? words[count - 1] : "";
  arm(deadline_of(text));
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // with the launcher, or its daemon on another host
  MPI_Init(&count, &words);
  MPI_Comm_rank(MPI_COMM_WORLD, &world.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &world.ranks);
  int code = 2;
  try {
    if (text == "-") {
      text = from_rank_0();
      arm(deadline_of(text));
    }
    code = run(text);
  } catch (const std::exception& error) {
    if (world.rank == 0) std::cerr << program << ": " << error.what() << std::endl;
  }
  // A rank that ends otherwise would leave the others waiting.
  if (code != 0) MPI_Abort(MPI_COMM_WORLD, code);
  MPI_Finalize();
  return code;
}

}  // namespace breakeven
