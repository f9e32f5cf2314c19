// What a scan has found, as Markdown for personas and as data. Depends on nothing but the scan: the same tree
// and history give the same text on every machine.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "scan.hpp"

// `map` stands under `map_title`, behind how the repository is built and tested; what comes last is cut
// first.
std::string Summarize(const Scan& scan, const std::string& map_title, const std::string& map,
                      std::size_t max_bytes);
nlohmann::json DataOf(const Scan& scan);
