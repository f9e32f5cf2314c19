#include "mamc/edit/report_json.hpp"

#include "mamc/base/json.hpp"
#include "shorten.hpp"

namespace mamc::edit {
namespace {

// An answer of a megabyte may have ten thousand edits, and all of it goes into the journal.
constexpr std::size_t kMostRefused = 200;

Json FittedJson(const Report& report) {
  Json edits = Json::array();
  for (const Fitted& each : report.fitted)
    edits.push_back({{"path", each.path},
                     {"line", each.line},
                     {"place", each.place},
                     {"grade", GradeName(each.grade)},
                     {"price", each.price}});
  return edits;
}

}  // namespace

Json AppliedJson(const Report& report) {
  Json applied = Json::array();
  for (const Applied& each : report.applied)
    applied.push_back({{"path", each.path}, {"action", ActionName(each.action)}});
  return {{"applied", std::move(applied)}, {"edits", FittedJson(report)}};
}

Json RefusalJson(const Report& report) {
  Json refused = Json::array();
  for (std::size_t i = 0; i < report.refused.size() && i < kMostRefused; ++i) {
    const Refused& each = report.refused[i];
    refused.push_back(
        {{"path", ShortName(each.path)}, {"line", each.line}, {"reason", ShortMessage(each.reason)}});
  }
  return {{"feedback", report.feedback}, {"refused", std::move(refused)}, {"edits", FittedJson(report)}};
}

}  // namespace mamc::edit
