// Manifests: JSON files that name cell commands. docs/format.md defines them.
#pragma once

#include <string>
#include <vector>

#include "bench/plan/catalogue.h"

namespace breakeven {

// The backends that a manifest adds. Throws UsageError with the key's path.
std::vector<CatalogueEntry> parse_manifest(const std::string& text, const std::string& path);

}  // namespace breakeven
