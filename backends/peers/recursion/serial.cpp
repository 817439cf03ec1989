// Plain calls: what a runtime's speed-up is over.
#include "backends/peers/recursion/main.h"

namespace {

struct Serial {
  explicit Serial(unsigned) {}
  template <class F, class G>
  void both(F&& f, G&& g) {
    f(), g();
  }
  template <class F>
  void each(std::size_t count, F&& f) {
    for (std::size_t i = 0; i < count; ++i) f(i);
  }
  template <class F>
  void loop(std::size_t count, F&& f) {
    each(count, f);
  }
  template <class F>
  void inside(F&& f) {
    f();
  }
};

}  // namespace

int main(int count, char** words) { return recursion::main_of<Serial>(count, words); }
