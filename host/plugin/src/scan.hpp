// Finds the plugin files in the search directories and decides which are active, without running any of their
// code.
#pragma once
#include <vector>

#include "mamc/plugin/catalog.hpp"

namespace mamc::plugin {

// One entry per file, in the order of search.
std::vector<PluginEntry> ScanPlugins(const CatalogOptions& options);

// "step/acme.lint": how pins and messages name a type.
std::string TypeName(Kind kind, std::string_view id);

// The pinned provider of a type, or "".
std::string PinOf(const CatalogOptions& options, std::string_view type_name);

}  // namespace mamc::plugin
