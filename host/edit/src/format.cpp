#include "mamc/edit/format.hpp"

namespace mamc::edit {
namespace {

struct Row {
  Format format;
  std::string_view name, instructions;
};

constexpr Row kRows[] = {
    {Format::kBlocks, "search-replace",
     R"(Write every change as a SEARCH/REPLACE block in a fence, the file's path on its first line:

```
path/to/file
<<<<<<< SEARCH
the lines as they are now, copied from the file
=======
the lines as they shall be
>>>>>>> REPLACE
```

SEARCH must occur in the file exactly once. Never write "..." for lines left out.
)"},
    {Format::kWhole, "whole-file",
     R"(Write every file that changes as a whole, from its first line to its last, nothing left out:

FILE: path/to/file
```
the whole file
```
)"},
    {Format::kDiff, "diff",
     R"(Write all changes as one unified diff in a fence, with three unchanged lines around each change:

```diff
--- a/path/to/file
+++ b/path/to/file
@@ -1,4 +1,4 @@
 a line that stays
-a line that goes
+a line that comes
 a line that stays
```
)"},
    {Format::kJson, "json",
     R"(Write all changes as one JSON object, each file that changes with its whole new text:

```json
{"ops": [{"action": "upsert", "path": "path/to/file", "content": "the whole file"},
         {"action": "delete", "path": "path/to/other"}]}
```
)"},
};

const Row& RowOf(Format format) {
  for (const Row& row : kRows)
    if (row.format == format) return row;
  return kRows[0];
}

}  // namespace

std::string_view FormatName(Format format) {
  return RowOf(format).name;
}

std::optional<Format> FormatNamed(std::string_view name) {
  for (const Row& row : kRows)
    if (row.name == name) return row.format;
  return std::nullopt;
}

std::string_view FormatInstructions(Format format) {
  return RowOf(format).instructions;
}

}  // namespace mamc::edit
