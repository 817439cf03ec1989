// Loaded in front of the C library by chaos.py: the N-th write to a regular file fails with EIO, or the clock of
// this process jumps by an hour after N readings. N is in FAULT_AFTER, which of the two in FAULT.
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <atomic>

namespace {

std::atomic<long> left{getenv("FAULT_AFTER") ? atol(getenv("FAULT_AFTER")) : -1};

bool is(const char* fault) {
  const char* asked = getenv("FAULT");
  return asked && strcmp(asked, fault) == 0;
}

bool due() { return left.load() >= 0 && left.fetch_sub(1) <= 0; }

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" ssize_t write(int fd, const void* data, size_t size) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  struct stat file {};
  if (is("eio") && fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && due()) {
    errno = EIO;
    return -1;
  }
  return real(fd, data, size);
}

extern "C" int clock_gettime(clockid_t clock, timespec* time) {
  static const auto real = next<int (*)(clockid_t, timespec*)>("clock_gettime");
  static std::atomic<bool> jumped{false};
  const int result = real(clock, time);
  if (is("clock") && (jumped.load() || due())) {
    jumped = true;
    time->tv_sec += 3600;
  }
  return result;
}
