// This project's pool: a group for each join; a node's children lie in the ring as one range.
#include "backends/thread_pool/thread_pool.h"

#include "backends/peers/recursion/main.h"

namespace {

class Pool {
 public:
  explicit Pool(unsigned workers) : pool_(workers) {}
  template <class F, class G>
  void both(F&& f, G&& g) {
    breakeven::TaskGroup group(pool_);
    group.submit([&f] { f(); });
    g();
    group.wait();
  }
  template <class F>
  void each(std::size_t count, F&& f) {
    breakeven::TaskGroup group(pool_);
    group.submit_each(0, count, [&f](std::size_t i) { f(i); });
    group.wait();
  }
  template <class F>
  void loop(std::size_t count, F&& f) {
    pool_.parallel_for(0, count, f);
  }
  template <class F>
  void inside(F&& f) {
    f();
  }
  template <class F>
  void post(F&& f) {
    pool_.post(f);
  }

 private:
  breakeven::ThreadPool pool_;
};

}  // namespace

int main(int count, char** words) { return recursion::main_of<Pool>(count, words); }
