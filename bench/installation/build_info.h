// What this program was built from and how. Filled by the build (bench/installation/build_info.cpp.in,
// cmake/BuildInfo.cmake).
#pragma once

namespace breakeven {

inline constexpr const char* kSchemaVersion = "2.0.0";
inline constexpr const char* kSchemaMajor = "2";

extern const char* const kVersion;
extern const char* const
    kGitRevision;  // with "-dirty" where the tree had changes; "unknown" outside a checkout
extern const char* const kCompiler;
extern const char* const kFlags;
extern const char* const kBuildType;
extern const bool kBuildIsRelease;

// How breakeven_add() compiles a user's own sources; null where the program has none.
const char* workload_flags();

}  // namespace breakeven
