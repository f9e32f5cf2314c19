// The findings for a person, or for a program.
#pragma once
#include <iosfwd>
#include <vector>

#include "finding.hpp"
#include "mamc/base/json.hpp"
#include "mamc/config/settings.hpp"

namespace mamc::cli::doctor {

struct Look {
  std::size_t columns = 0;  // lines are broken there; 0: nowhere
  bool color = false;
};

// Of the settings only those that somebody has set.
void PrintReport(std::ostream& out, const std::vector<config::Described>& settings,
                 const std::vector<Section>& sections, const Look& look);
Json ReportJson(const std::vector<config::Described>& settings, const std::vector<Section>& sections);

}  // namespace mamc::cli::doctor
