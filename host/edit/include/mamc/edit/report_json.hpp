// A report as JSON, for steps and the command line.
#pragma once
#include "mamc/base/json_fwd.hpp"
#include "mamc/edit/apply.hpp"

namespace mamc::edit {

// {"applied": [{"path", "action"}], "edits": [{"path", "line", "place", "grade", "price"}]}
Json AppliedJson(const Report& report);
// {"feedback", "refused": [{"path", "line", "reason"}], the first 200 of them, "edits": those that fit}
Json RefusalJson(const Report& report);

}  // namespace mamc::edit
