// What a link between hosts costs a program of MPI: one rank a host, of which rank 0 measures each other in turn. It prints
// one line, {"breakeven_link": {"hosts": [...], "links": [...]}} (docs/clusters.md).
//
// The parameters are those of LogGP (Alexandrov, Ionescu, Schauser, Scheiman 1995): latency L, overhead o a message and time
// G a byte of the wire; besides them c, the time of a CPU for a byte.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <mpi.h>
#include <net/if.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "backends/clusters/main.h"
#include "backends/clusters/world.h"
#include "bench/installation/build_info.h"
#include "bench/machine/cgroup.h"
#include "bench/machine/machine.h"
#include "bench/machine/parts.h"
#include "bench/text/file_digest.h"
#include "bench/text/json_reader.h"

namespace breakeven {
namespace {

constexpr int kSmall = 8;              // bytes
constexpr int kEager = 32 << 10;       // bytes of a message that is sent without being asked for
constexpr int kLarge = 1 << 20;        // bytes
constexpr int kWork = 32 << 10;        // bytes of what is computed between messages
constexpr double kComputing_s = 3e-3;  // more than an eager message and its answer take, from 200 Mb/s on
constexpr int kData = 1, kEnd = 2, kText = 3;  // tags

double now() { return MPI_Wtime(); }

double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::ranges::nth_element(values, middle);
  return *middle;
}

void compute(std::vector<char>& work) {
  for (const double end = now() + kComputing_s; now() < end;) {
    for (std::size_t i = 0; i < work.size(); i += 64) work[i] = static_cast<char>(work[i] * 5 + 1);
  }
}

// --- the two sides of a measurement; `peer` is the other one

struct Trip {
  double half_s;  // of a round trip: medians over some time
  double send_s;  // for which the call engages its CPU
};

Trip ping(int peer, int bytes, double limit_s) {
  std::vector<char> buffer(static_cast<std::size_t>(bytes));
  std::vector<double> halves, sends;
  const double start = now();
  for (bool more = true; more;) {
    more = halves.size() < 12 || now() - start < limit_s;
    MPI_Request request = MPI_REQUEST_NULL;
    const double begin = now();
    MPI_Isend(buffer.data(), bytes, MPI_BYTE, peer, more ? kData : kEnd, MPI_COMM_WORLD, &request);
    const double sent = now();
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Recv(buffer.data(), bytes, MPI_BYTE, peer, MPI_ANY_TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    halves.push_back((now() - begin) / 2);
    sends.push_back(sent - begin);
  }
  return {median(halves), median(sends)};
}

void pong(int peer, int bytes) {
  std::vector<char> buffer(static_cast<std::size_t>(bytes));
  MPI_Status status;
  do {
    MPI_Recv(buffer.data(), bytes, MPI_BYTE, peer, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
    MPI_Send(buffer.data(), bytes, MPI_BYTE, peer, kData, MPI_COMM_WORLD);
  } while (status.MPI_TAG != kEnd);
}

// How long a message engages its CPU, s, sent and received by a program that computes between its messages: their code and
// their data left the caches meanwhile. A stream of messages has a tenth of that.
struct Engaged {
  double send_s, receive_s;
};

Engaged engage(int peer, int bytes, int times) {
  std::vector<char> buffer(static_cast<std::size_t>(bytes)), work(kWork);
  std::vector<double> sends, receives;
  for (int i = 0; i < times; ++i) {
    compute(work);
    MPI_Request request = MPI_REQUEST_NULL;
    double begin = now();
    MPI_Isend(buffer.data(), bytes, MPI_BYTE, peer, kData, MPI_COMM_WORLD, &request);
    sends.push_back(now() - begin);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    compute(work);  // meanwhile the answer comes, and lies here
    begin = now();
    MPI_Recv(buffer.data(), bytes, MPI_BYTE, peer, kData, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    receives.push_back(now() - begin);
  }
  return {median(sends), median(receives)};
}

void echo(int peer, int bytes, int times) {
  std::vector<char> buffer(static_cast<std::size_t>(bytes));
  for (int i = 0; i < times; ++i) {
    MPI_Recv(buffer.data(), bytes, MPI_BYTE, peer, kData, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Send(buffer.data(), bytes, MPI_BYTE, peer, kData, MPI_COMM_WORLD);
  }
}

// Time of one message in a stream of them, s: the wire's, or the slower side's.
double stream(int peer, int bytes, int count) {
  std::vector<char> buffer(static_cast<std::size_t>(bytes));
  std::vector<MPI_Request> requests(static_cast<std::size_t>(count));
  const double begin = now();
  for (auto& request : requests)
    MPI_Isend(buffer.data(), bytes, MPI_BYTE, peer, kData, MPI_COMM_WORLD, &request);
  MPI_Waitall(count, requests.data(), MPI_STATUSES_IGNORE);
  MPI_Recv(nullptr, 0, MPI_BYTE, peer, kEnd, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  return (now() - begin) / count;
}

void sink(int peer, int bytes, int count) {
  std::vector<char> buffer(static_cast<std::size_t>(bytes));
  for (int i = 0; i < count; ++i)
    MPI_Recv(buffer.data(), bytes, MPI_BYTE, peer, kData, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  MPI_Send(nullptr, 0, MPI_BYTE, peer, kEnd, MPI_COMM_WORLD);
}

constexpr int kMessages = 150, kStreamed = 24, kStreams = 5;

// --- what carries it

std::map<std::string, std::uint64_t> bytes_by_interface() {
  std::map<std::string, std::uint64_t> bytes;
  std::ifstream file("/proc/self/net/dev");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream numbers(line.substr(colon + 1));
    std::uint64_t value = 0;
    for (int i = 0; i < 9 && numbers >> value; ++i) continue;  // the ninth: bytes sent
    const auto start = line.find_first_not_of(' ');
    bytes[line.substr(start, colon - start)] = value;
  }
  return bytes;
}

// The interface over which most was sent meanwhile; empty where hardly anything was.
std::string busiest(const std::map<std::string, std::uint64_t>& before,
                    const std::map<std::string, std::uint64_t>& after) {
  std::string name;
  std::uint64_t most = std::uint64_t{kLarge};
  for (const auto& [interface, bytes] : after) {
    const auto earlier = before.contains(interface) ? before.at(interface) : 0;
    if (bytes - earlier > most) most = bytes - earlier, name = interface;
  }
  return name;
}

Json measure_link(int peer) {
  const Trip small = ping(peer, kSmall, 0.3), eager = ping(peer, kEager, 0.3),
             middle = ping(peer, 64 << 10, 0.3), large = ping(peer, kLarge, 0.4);
  const Engaged one = engage(peer, kSmall, kMessages), many = engage(peer, kEager, kMessages);
  const auto before = bytes_by_interface();
  std::vector<double> streams;
  streams.reserve(kStreams);
  for (int i = 0; i < kStreams; ++i) streams.push_back(stream(peer, kLarge, kStreamed) / kLarge);
  const auto after = bytes_by_interface();
  // In a stream neither side's CPU takes longer for a byte than the stream does: what a first message of some size costs
  // more than that is no price of bytes.
  const double wire = median(streams);
  const double both = one.send_s + one.receive_s, more = many.send_s + many.receive_s - both;
  return {
      {"latency_s", std::max(0.0, small.half_s - small.send_s)},
      {"overhead_s", both / 2},
      {"wire_s_per_byte", wire},
      {"cpu_s_per_byte", std::clamp(more / 2 / (kEager - kSmall), 0.0, wire)},
      {"half_round_trip_s",
       {{"8", small.half_s}, {"32768", eager.half_s}, {"65536", middle.half_s}, {"1048576", large.half_s}}},
      {"engaged_s", {{"8", {one.send_s, one.receive_s}}, {"32768", {many.send_s, many.receive_s}}}},
      {"interface", busiest(before, after)}};
}

void be_measured() {
  for (const int bytes : {kSmall, kEager, 64 << 10, kLarge}) pong(0, bytes);
  echo(0, kSmall, kMessages);
  echo(0, kEager, kMessages);
  for (int i = 0; i < kStreams; ++i) sink(0, kLarge, kStreamed);
}

// --- this host

Json addresses() {
  Json list = Json::array();
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return list;
  for (const ifaddrs* one = first; one; one = one->ifa_next) {
    if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET || (one->ifa_flags & IFF_LOOPBACK)) continue;
    char text[INET_ADDRSTRLEN] = "";
    const auto* address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    ::inet_ntop(AF_INET, &address->sin_addr, text, sizeof text);
    list.push_back({{"interface", one->ifa_name}, {"address", text}});
  }
  ::freeifaddrs(first);
  return list;
}

Json this_host() {
  char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  MPI_Get_library_version(version, &length);
  const std::string mpi(version);
  const Sources sources{.topology =
                            Topology()};  // hwloc would have to be asked, for nothing that is needed here
  return {{"host", world.host},
          {"program", std::string(kVersion) + " " + file_digest("/proc/self/exe")},
          {"mpi", mpi.substr(0, mpi.find_first_of(",\n"))},
          {"cpu", cpu_model(sources.files)},
          {"workers_default", usable_cores(sources)},
          {"quota_cpus", or_null(cgroup_quota(sources.files))},
          {"governors", frequency_json(sources)["governors"]},
          {"load", load_json(sources.files)},
          {"addresses", addresses()}};
}

int run(const std::string&) {
  introduce();
  const auto text = this_host().dump(-1, ' ', false, Json::error_handler_t::replace);
  if (world.rank != 0) {
    MPI_Send(text.data(), whole(text.size()), MPI_BYTE, 0, kText, MPI_COMM_WORLD);
    for (int rank = 1; rank < world.ranks; ++rank) {
      if (rank == world.rank) be_measured();
      MPI_Barrier(MPI_COMM_WORLD);
    }
    return 0;
  }
  Json hosts = Json::array({Json::parse(text)}), links = Json::array();
  for (int rank = 1; rank < world.ranks; ++rank) {
    MPI_Status status;
    int size = 0;
    MPI_Probe(rank, kText, MPI_COMM_WORLD, &status);
    MPI_Get_count(&status, MPI_BYTE, &size);
    std::string said(static_cast<std::size_t>(size), ' ');
    MPI_Recv(said.data(), size, MPI_BYTE, rank, kText, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    hosts.push_back(Json::parse(said));
  }
  for (int rank = 1; rank < world.ranks; ++rank) {
    links.push_back(measure_link(rank));
    links.back()["from"] = 0;
    links.back()["to"] = rank;
    MPI_Barrier(MPI_COMM_WORLD);
  }
  std::cout << Json{{"breakeven_link", {{"hosts", hosts}, {"links", links}}}}.dump() << std::endl;
  return 0;
}

}  // namespace
}  // namespace breakeven

int main(int count, char** words) {
  return breakeven::run_with_mpi("breakeven_mpi_link", count, words, breakeven::run);
}
