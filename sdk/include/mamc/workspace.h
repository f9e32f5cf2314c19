/* mamc/workspace.h - the kind `workspace`: a run's working tree on this machine.
 *
 * A workspace is named by `id` (the host's, one per run) and made from a `repo` (path or URL). It never is a checkout of the
 * user's. Commits and trees are hexadecimal object names.
 * SELFTEST {} or {"repo", "base"?: branch, "writes_base"?: bool, "reach"?: bool} -> {"ok", "facts", "findings"?}   with a repo:
 *          whether its base would take a push ("writes_base": false: no matter), as far as that is known without one; asked before
 *          a run begins that writes there. "reach": also whether the remote may be read and written and has the base.
 * PREPARE  {"id", "repo", "base"?: branch (default: the remote's own), "branch": run branch, "commit"?, "tree"?, "fresh"?: bool,
 *           "follow"?: bool, "undo"?: task, "ma"?: "on" or "off", "ma_branch"?: branch}
 *          -> {"path", "commit", "tree", "base", "base_commit", "summary"?: text}
 *          Makes or finds the working tree and brings it to exactly `commit` (default: the remote's `branch` if it exists,
 *          else its `base`) with the files of `tree` (default: the commit's). What else lay in it is gone afterwards,
 *          files that the repository ignores excepted. `fresh` makes another one in place of a retired one. `follow` asks the
 *          remote: when its `branch` has gone on from `commit`, that is taken instead; when it has gone elsewhere,
 *          MAMC_E_CONFLICT. `undo` goes back to `commit` although the remote's `branch` has gone on: what runs of this task have
 *          made there is taken back by a commit on top of it, which is pushed and taken instead; what others did there stays.
 *          `summary` is what the last scan has written of the repository (`.ma/context/summary.md`), as it was
 *          pulled: of the working tree, or of the branch `ma_branch`, on which the project keeps such files; none with `ma` off.
 * COMMIT   {"id", "message", "files"?: [glob], "author"?: {"name","email"}, "time_ms", "parent"?, "trailers"?: {k: v}}
 *          -> {"commit", "tree", "changed": [path], "empty": bool}
 *          The same input gives the same commit; the branch moves by compare-and-swap (MAMC_E_CONFLICT). What was written in
 *          `.ma/` is left out, and DIFF leaves out what lies there, unless `ma` is off or `ma_branch` named.
 * VERIFY   {"id"}  -> {"commit", "tree", "branch", "changed": [path], "conflicts": [path], "summary"?: text}
 *          `tree` names the files as they are now, committed or not, and is kept, so that PREPARE can bring it back.
 * PUBLISH  {"id", "branch"?, "expected"?: commit} -> {"commit", "remote_commit", "rebased": bool}
 *          Pushes. `expected` is what the workspace must be at. When the remote moved: fetch, rebase, again; what another
 *          worker has made of the same request is taken instead. MAMC_E_CONFLICT, for paths with {"conflicts": [path]}:
 *          everything is left in place. MAMC_E_PERMISSION: refused by the other side, its words in the
 *          message.
 * DIFF     {"id", "from"?: commit (default: the base), "max_bytes"} -> {"text": unified diff of the workspace's commit against
 *          the merge base with `from`, "files": [path], "truncated": bool}
 * RETIRE   {"id"} -> {}   nothing runs there again; the next PREPARE with `fresh` makes another
 * REMOVE   {"id"} -> {}   takes the working tree away; the branch stays
 */
#ifndef MAMC_WORKSPACE_H
#define MAMC_WORKSPACE_H
#include <mamc/plugin.h>
#define MAMC_FACTORY_WORKSPACE "mamc.workspace/1"
#define MAMC_WORKSPACE_PREPARE 1u
#define MAMC_WORKSPACE_COMMIT 2u
#define MAMC_WORKSPACE_VERIFY 3u
#define MAMC_WORKSPACE_PUBLISH 4u
#define MAMC_WORKSPACE_RETIRE 5u
#define MAMC_WORKSPACE_REMOVE 6u
#define MAMC_WORKSPACE_DIFF 7u
#endif
