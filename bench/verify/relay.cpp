// A wire with a rate and a latency between two network namespaces, for kernels without netem: frames go through this process.
//
//     relay NAMESPACE ADDRESS NAMESPACE ADDRESS INTERFACE MBIT_PER_S LATENCY_US
//
// Makes a TAP device of that name in both, each with its address (/24), prints "ready", and carries frames until it is ended.
// Each direction sends one frame after the other at the rate, and each frame arrives so much later.
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr std::size_t kLongest = 66'000;  // bytes of a frame that the kernel will cut later
constexpr std::size_t kQueue = 256;       // frames on their way; beyond that the sender waits
constexpr double kSegment = 1448,
                 kHeaders = 78;  // bytes of TCP in an Ethernet frame, and what stands around them on the wire

[[noreturn]] void fail(const std::string& what) {
  std::perror(("relay: " + what).c_str());
  std::exit(1);
}

int tap_in(const std::string& space, const std::string& address, const std::string& name) {
  const int own = ::open(("/var/run/netns/" + space).c_str(), O_RDONLY | O_CLOEXEC);
  if (own < 0 || ::setns(own, CLONE_NEWNET) != 0) fail("namespace " + space);
  ::close(own);
  const int tap = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ifreq request{};
  request.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  if (tap < 0 || ::ioctl(tap, TUNSETIFF, &request) != 0) fail("/dev/net/tun");
  if (::ioctl(tap, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) != 0) fail("offload of " + name);
  const auto command = "ip -n " + space + " addr add " + address + "/24 dev " + name + " && ip -n " + space +
                       " link set " + name + " txqueuelen 1000 up";
  if (std::system(command.c_str()) != 0) fail(command);
  return tap;
}

struct Frame {
  Clock::time_point due;
  std::vector<char> bytes;
};

class Direction {
 public:
  Direction(int from, int to, double ns_per_byte, nanoseconds latency)
      : from_(from), to_(to), ns_per_byte_(ns_per_byte), latency_(latency) {}

  bool has_room() const { return frames_.size() < kQueue; }
  int from() const { return from_; }

  void take(Clock::time_point now) {
    while (has_room()) {
      const auto count = ::read(from_, buffer_.data(), buffer_.size());
      if (count <= 0) return;
      const auto bytes = static_cast<double>(count);
      const double on_wire = bytes + kHeaders * (1 + bytes / kSegment);
      free_ = std::max(free_, now) + nanoseconds(static_cast<std::int64_t>(on_wire * ns_per_byte_));
      frames_.push_back({free_ + latency_, {buffer_.begin(), buffer_.begin() + count}});
    }
  }

  // Hands on what is due; returns when the next one is.
  Clock::time_point give(Clock::time_point now) {
    while (!frames_.empty()) {
      const Frame& frame = frames_.front();
      if (frame.due > now) return frame.due;
      // What the other side has no room for is lost, as on a wire.
      if (::write(to_, frame.bytes.data(), frame.bytes.size()) < 0) ++lost_;
      frames_.pop_front();
    }
    return now + std::chrono::seconds(1);
  }

 private:
  int from_, to_;
  double ns_per_byte_;
  nanoseconds latency_;
  Clock::time_point free_{};
  std::deque<Frame> frames_;
  std::array<char, kLongest> buffer_;
  unsigned long lost_ = 0;
};

}  // namespace

int main(int count, char** words) {
  if (count != 8) {
    std::fprintf(stderr,
                 "usage: relay NAMESPACE ADDRESS NAMESPACE ADDRESS INTERFACE MBIT_PER_S LATENCY_US\n");
    return 2;
  }
  ::prctl(PR_SET_PDEATHSIG, 15);
  ::prctl(PR_SET_TIMERSLACK, 1);
  const std::string interface = words[5];
  const int one = tap_in(words[1], words[2], interface), other = tap_in(words[3], words[4], interface);
  const double ns_per_byte = 8000.0 / std::atof(words[6]);
  const nanoseconds latency(static_cast<std::int64_t>(std::atof(words[7]) * 1000));
  // Before ranks that spin: else frames wait for a slice of theirs.
  sched_param priority{};
  priority.sched_priority = 50;
  if (::sched_setscheduler(0, SCHED_FIFO, &priority) != 0) std::perror("relay: no priority");
  std::array<Direction, 2> directions = {Direction(one, other, ns_per_byte, latency),
                                         Direction(other, one, ns_per_byte, latency)};
  std::puts("ready");
  std::fflush(stdout);
  while (true) {
    auto next = Clock::time_point::max();
    std::array<pollfd, 2> descriptors{};
    for (std::size_t i = 0; i < directions.size(); ++i) {
      directions[i].take(Clock::now());
      next = std::min(next, directions[i].give(Clock::now()));
      descriptors[i] = {directions[i].from(), static_cast<short>(directions[i].has_room() ? POLLIN : 0), 0};
    }
    const auto left = std::max(nanoseconds{0}, nanoseconds(next - Clock::now()));
    const timespec wait{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    ::ppoll(descriptors.data(), descriptors.size(), &wait, nullptr);
  }
}
