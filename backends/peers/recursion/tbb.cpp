// oneTBB: parallel_invoke, task_group, parallel_for.
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_invoke.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

#include "backends/peers/recursion/main.h"

namespace {

class Tbb {
 public:
  explicit Tbb(unsigned workers)
      : limit_(tbb::global_control::max_allowed_parallelism, workers), arena_(static_cast<int>(workers)) {}
  template <class F, class G>
  void both(F&& f, G&& g) {
    tbb::parallel_invoke(f, g);
  }
  template <class F>
  void each(std::size_t count, F&& f) {
    tbb::task_group group;
    for (std::size_t i = 1; i < count; ++i) group.run([&f, i] { f(i); });
    group.run_and_wait([&f] { f(std::size_t{0}); });
  }
  template <class F>
  void loop(std::size_t count, F&& f) {
    tbb::parallel_for(std::size_t{0}, count, f);
  }
  template <class F>
  void inside(F&& f) {
    arena_.execute(f);
  }
  template <class F>
  void post(F&& f) {
    arena_.enqueue(f);
  }

 private:
  tbb::global_control limit_;
  tbb::task_arena arena_;
};

}  // namespace

int main(int count, char** words) { return recursion::main_of<Tbb>(count, words); }
