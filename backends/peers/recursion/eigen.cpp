// Eigen's ThreadPool: Schedule. Its tasks cannot wait for others without holding their thread, so it only begins posted ones.
#include <unsupported/Eigen/CXX11/ThreadPool>

#include "backends/peers/recursion/main.h"

namespace {

class EigenPool {
 public:
  explicit EigenPool(unsigned workers) : pool_(static_cast<int>(workers)) {}
  template <class F>
  void post(F&& f) {
    pool_.Schedule(f);
  }

 private:
  Eigen::ThreadPool pool_;
};

}  // namespace

int main(int count, char** words) { return recursion::main_of<EigenPool>(count, words); }
