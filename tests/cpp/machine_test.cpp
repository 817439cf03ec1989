// What is read of a machine, from the files of machines that are not this one.
#include "bench/machine/machine.h"

#include <gtest/gtest.h>

#include "bench/machine/cgroup.h"
#include "bench/machine/parts.h"
#include "fake_system.h"

namespace breakeven {
namespace {

constexpr const char* kCpuFolder = "/sys/devices/system/cpu/";

// Every value of `object` at any depth that is no null.
std::vector<std::string> filled(const Json& object) {
  std::vector<std::string> paths;
  const Json flat = object.flatten();
  for (const auto& [path, value] : flat.items()) {
    if (!value.is_null()) paths.push_back(path);
  }
  return paths;
}

class MachineTest : public testing::Test {
 protected:
  Sources sources(std::vector<int> affinity = {0, 1}) const {
    return {
        .files = system_.files(), .affinity = std::move(affinity), .topology = topology_, .hypervisor = {}};
  }
  void cpu_file(int cpu, const std::string& file, const std::string& text) const {
    system_.write(kCpuFolder + ("cpu" + std::to_string(cpu)) + "/" + file, text);
  }
  void mount(const std::string& line) { system_.write("/proc/self/mountinfo", line); }

  FakeSystem system_;
  Topology topology_{.cpus = {}, .caches = Json::array()};
};

TEST_F(MachineTest, OfWhichNothingCanBeReadIsNullAndNotInvented) {
  const auto machine = capture_machine(sources());
  for (const auto* part :
       {"frequency", "container", "on_battery", "load", "quota_cpus", "caches", "kernel", "virtual_machine",
        "memory_bytes", "swap_used_bytes", "thp_enabled", "aslr", "cpu"})
    EXPECT_EQ(filled(Json{{part, machine.at(part)}}), std::vector<std::string>{}) << part;
  EXPECT_EQ(filled(machine.at("topology")),
            (std::vector<std::string>{"/affinity/0", "/affinity/1"}));  // told, not read
}

TEST_F(MachineTest, CountsSocketsCoresAndNodes) {
  for (int cpu = 0; cpu < 4; ++cpu)
    topology_.cpus.push_back({.id = cpu, .core = cpu % 2, .package = cpu % 2, .node = cpu % 2});
  const auto topology = topology_json(sources({0, 1, 2, 3}));
  EXPECT_EQ(topology["online_cpus"], 4);
  EXPECT_EQ(topology["physical_cores"], 2);
  EXPECT_EQ(topology["packages"], 2);
  EXPECT_EQ(topology["numa_nodes"], 2);
  EXPECT_EQ(topology["cpus"][3],
            (Json{{"cpu", 3}, {"core", 1}, {"package", 1}, {"node", 1}, {"kind", nullptr}}));
}

TEST_F(MachineTest, DoesNotCountCoresOfWhichOneIsUnknown) {
  topology_.cpus = {{.id = 0, .core = 0}, {.id = 1}};
  EXPECT_TRUE(topology_json(sources())["physical_cores"].is_null());
}

TEST_F(MachineTest, TellsTheCachesOfItsFirstCpu) {
  const auto cache = [](int level, const char* shared_by) {
    return Json{{"level", level},
                {"type", "Data"},
                {"size_bytes", 32768},
                {"line_bytes", 64},
                {"shared_by", shared_by}};
  };
  for (const int cpu : {0, 1}) {
    topology_.caches.push_back(cache(1, cpu == 0 ? "0" : "1"));
    topology_.caches.back()["cpus"] = {cpu};
  }
  EXPECT_EQ(caches_json(sources({1})), (Json::array({cache(1, "1")})));
}

TEST_F(MachineTest, NamesTheProcessorByItsNumbersWhereItHasNoName) {
  system_.write("/proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40");
  EXPECT_EQ(cpu_model(system_.files()), "implementer 0x41, part 0xd40");
  system_.write("/proc/cpuinfo", "model\t\t: 17\nmodel name\t: AMD EPYC");
  EXPECT_EQ(cpu_model(system_.files()), "AMD EPYC");
}

TEST_F(MachineTest, SeesEveryGovernorOfItsCpus) {
  cpu_file(0, "cpufreq/scaling_governor", "performance");
  cpu_file(1, "cpufreq/scaling_governor", "powersave");
  cpu_file(2, "cpufreq/scaling_governor", "schedutil");  // outside of the mask
  EXPECT_EQ(frequency_json(sources())["governors"], (Json{"performance", "powersave"}));
}

TEST_F(MachineTest, ReadsTheTurboSwitchOfEitherDriver) {
  system_.write(std::string(kCpuFolder) + "cpufreq/boost", "1");
  EXPECT_EQ(frequency_json(sources())["turbo"], true);
  system_.write(std::string(kCpuFolder) + "intel_pstate/no_turbo", "1");
  EXPECT_EQ(frequency_json(sources())["turbo"], false);
}

TEST_F(MachineTest, TellsMainsFromBattery) {
  const std::string supplies = "/sys/class/power_supply/";
  system_.write(supplies + "BAT0/type", "Battery");
  system_.write(supplies + "BAT0/status", "Discharging");
  EXPECT_EQ(on_battery(system_.files()), true);
  system_.write(supplies + "AC/type", "Mains");
  system_.write(supplies + "AC/online", "1");
  EXPECT_EQ(on_battery(system_.files()), false);
}

TEST_F(MachineTest, IgnoresTheBatteryOfAMouse) {
  system_.write("/sys/class/power_supply/mouse/type", "Battery");
  system_.write("/sys/class/power_supply/mouse/scope", "Device");
  system_.write("/sys/class/power_supply/mouse/status", "Discharging");
  EXPECT_TRUE(on_battery(system_.files()).is_null());
}

TEST_F(MachineTest, KnowsAVirtualMachineByTheFlagOrTheSignature) {
  system_.write("/proc/cpuinfo", "flags\t\t: fpu sse hypervisor avx");
  EXPECT_EQ(virtualization_json(sources())["virtual_machine"], true);
  system_.write("/proc/cpuinfo", "flags\t\t: fpu sse avx");
  EXPECT_EQ(virtualization_json(sources())["virtual_machine"], false);
  auto signed_by_kvm = sources();
  signed_by_kvm.hypervisor = "KVMKVMKVM";
  EXPECT_EQ(virtualization_json(signed_by_kvm)["hypervisor"], "KVM");
}

TEST_F(MachineTest, ComputesTheStealSinceBoot) {
  system_.write("/proc/stat", "cpu  40 0 10 40 0 0 0 10 0 0\ncpu0 40 0 10 40 0 0 0 10 0 0");
  EXPECT_EQ(virtualization_json(sources())["steal_share_since_boot"], 0.1);
}

TEST_F(MachineTest, KnowsContainersByTheirMarks) {
  EXPECT_TRUE(container_name(system_.files()).is_null());
  system_.write("/proc/1/cgroup", "3:cpu:/kubepods/burstable/pod1");
  EXPECT_EQ(container_name(system_.files()), "kubepods");
  system_.write("/.dockerenv", "");
  EXPECT_EQ(container_name(system_.files()), "docker");
}

TEST_F(MachineTest, ReadsTheSettingsOfTheKernel) {
  system_.write("/sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never");
  system_.write("/proc/sys/kernel/randomize_va_space", "2");
  system_.write("/proc/self/personality", "00040000");
  system_.write("/proc/sys/kernel/osrelease", "6.1.0");
  system_.write("/etc/os-release", "NAME=x\nPRETTY_NAME=\"Some Linux 12\"");
  const auto kernel = kernel_json(system_.files());
  EXPECT_EQ(kernel["thp_enabled"], "madvise");
  EXPECT_EQ(kernel["aslr"], 2);
  EXPECT_EQ(kernel["aslr_disabled_for_process"], true);
  EXPECT_EQ(kernel["kernel"], "Linux 6.1.0");
  EXPECT_EQ(kernel["distribution"], "Some Linux 12");
}

TEST_F(MachineTest, ReadsMemorySwapAndLoad) {
  system_.write("/proc/meminfo", "MemTotal:  1024 kB\nSwapTotal:  100 kB\nSwapFree:   60 kB");
  system_.write("/proc/loadavg", "0.50 0.40 0.30 3/210 4711");
  EXPECT_EQ(memory_json(system_.files())["memory_bytes"], 1 << 20);
  EXPECT_EQ(memory_json(system_.files())["swap_used_bytes"], 40 * 1024);
  EXPECT_EQ(load_json(system_.files()), (Json{{"average", {0.5, 0.4, 0.3}}, {"runnable", 3}}));
}

TEST_F(MachineTest, HasNoQuotaWithoutControlGroups) {
  EXPECT_EQ(cgroup_quota(system_.files()), std::nullopt);
}

TEST_F(MachineTest, TakesTheTightestQuotaOfVersion2UpToTheRoot) {
  mount("30 20 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate");
  system_.write("/proc/self/cgroup", "0::/a/b");
  system_.write("/sys/fs/cgroup/a/b/cpu.max", "max 100000");
  system_.write("/sys/fs/cgroup/a/cpu.max", "150000 100000");
  EXPECT_EQ(cgroup_quota(system_.files()), 1.5);
  EXPECT_EQ(usable_cores(sources({0, 1, 2, 3})), 2u);
}

TEST_F(MachineTest, TakesTheMemoryLimitWithTheLeastLeft) {
  mount("30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw");
  system_.write("/proc/self/cgroup", "0::/a/b");
  system_.write("/sys/fs/cgroup/a/b/memory.max", "max");
  system_.write("/sys/fs/cgroup/a/memory.max", "536870912");
  system_.write("/sys/fs/cgroup/a/memory.current", "100000000");
  const auto limit = cgroup_memory(system_.files());
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->limit, 536870912u);
  EXPECT_EQ(limit->left(), 436870912u);
  EXPECT_EQ(capture_machine(sources())["memory_limit_bytes"], 536870912u);
}

TEST_F(MachineTest, NamesItsControlGroupsFromItsOwnUpToTheMount) {
  mount("30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw");
  system_.write("/proc/self/cgroup", "5:memory:/other\n0::/a/b");
  EXPECT_EQ(groups_of("cpu", system_.files()),
            (std::vector<std::string>{"/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup"}));
}

TEST_F(MachineTest, TakesAQuotaOfVersion1WhereverItIsMounted) {
  mount("33 28 0:30 / /cg/cpu rw,relatime - cgroup cgroup rw,cpuacct,cpu");
  system_.write("/proc/self/cgroup", "2:memory:/other\n3:cpu,cpuacct:/jobs/mine");
  system_.write("/cg/cpu/jobs/mine/cpu.cfs_quota_us", "50000");
  system_.write("/cg/cpu/jobs/mine/cpu.cfs_period_us", "100000");
  EXPECT_EQ(cgroup_quota(system_.files()), 0.5);
  EXPECT_EQ(usable_cores(sources()), 1u);
}

TEST_F(MachineTest, HasNoQuotaInVersion1WhereItIsMinusOne) {
  mount("33 28 0:30 / /cg/cpu rw - cgroup cgroup rw,cpu");
  system_.write("/proc/self/cgroup", "1:cpu:/");
  system_.write("/cg/cpu/cpu.cfs_quota_us", "-1");
  system_.write("/cg/cpu/cpu.cfs_period_us", "100000");
  EXPECT_EQ(cgroup_quota(system_.files()), std::nullopt);
}

TEST_F(MachineTest, FindsItsGroupWhereTheMountShowsOnlyTheContainersOwn) {
  mount("33 28 0:30 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu");
  system_.write("/proc/self/cgroup", "1:cpu:/docker/abc");
  system_.write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "300000");
  system_.write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000");
  EXPECT_EQ(cgroup_quota(system_.files()), 3.0);
}

TEST_F(MachineTest, LimitsItsWorkersByTheAffinityMaskWhereNoQuotaIsTighter) {
  EXPECT_EQ(usable_cores(sources({0, 1, 2})), 3u);
}

TEST(ThisMachine, SaysWhatItsLibrariesAre) {
  const auto libraries = libraries_json();
  for (const auto* name : {"nlohmann_json", "cli11", "libdeflate", "zlib", "libc"})
    EXPECT_NE(libraries[name].get<std::string>().find('.'), std::string::npos) << name;
  const auto build_type = libraries["benchmark"]["build_type"];
  EXPECT_TRUE(build_type == "release" || build_type == "debug") << build_type;
}

}  // namespace
}  // namespace breakeven
