// OpenMP: a task for each child and taskwait; the loop dynamically, one by one.
#include <omp.h>

#include "backends/peers/recursion/main.h"

namespace {

class OpenMp {
 public:
  explicit OpenMp(unsigned workers) { omp_set_num_threads(static_cast<int>(workers)); }
  template <class F, class G>
  void both(F&& f, G&& g) {
#pragma omp task default(shared)
    f();
    g();
#pragma omp taskwait
  }
  template <class F>
  void each(std::size_t count, F&& f) {
    for (std::size_t i = 1; i < count; ++i) {
#pragma omp task default(shared) firstprivate(i)
      f(i);
    }
    f(std::size_t{0});
#pragma omp taskwait
  }
  template <class F>
  void loop(std::size_t count, F&& f) {
#pragma omp parallel for schedule(dynamic, 1)
    for (std::size_t i = 0; i < count; ++i) f(i);
  }
  template <class F>
  void inside(F&& f) {
    if (loops_) return f();
#pragma omp parallel
#pragma omp single
    f();
  }
  void only_loops() { loops_ = true; }

 private:
  bool loops_ = false;
};

}  // namespace

int main(int count, char** words) {
  struct Loops : OpenMp {  // a problem that is one loop is a parallel region of its own
    explicit Loops(unsigned workers) : OpenMp(workers) { only_loops(); }
  };
  const bool is_loop = count > 1 && std::string(words[1]).starts_with("loop-");
  return is_loop ? recursion::main_of<Loops>(count, words) : recursion::main_of<OpenMp>(count, words);
}
