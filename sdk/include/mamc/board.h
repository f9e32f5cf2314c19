/* mamc/board.h - the kind `board`: holds projects, milestones and tasks.
 *
 * A task is {"id", "project", "title", "description", "type", "labels": [..], "priority" (number, higher is sooner),
 *   "milestone": id|null, "status", "blocked": {"reason": "dependencies|retry|person", "attempts", "text"}|null,
 *   "dependencies": [task id], "workflow": name|null, "repo": path or URL|null, "external_id"|null, "branch"|null,
 *   "follows": task id|null (its work begins on the branch of that task and goes back there; given by CREATE),
 *   "created_ms", "updated_ms", "version" (grows with every change), "claim": {"owner", "until_ms"}|null}
 * status is open | in_progress | in_review | blocked | done | archived. All ids are strings.
 *
 * PROJECTS  {"about"?: [project id]}                          -> {"projects": [{"id","name"}]}  those that it has; a board
 *                                                               that cannot list its projects: those of `about`
 * LIST      {"project", "status"?: [..]}                      -> {"tasks": [task], "milestones": [{"id","title","branch"}]}
 * GET       {"id"}                                            -> {"task", "comments": [{"at_ms","author","text"}]}
 * CLAIM     {"id", "owner", "expected_status", "ttl_ms"}      -> {"task"}  in_progress and claimed; MAMC_E_CONFLICT when the
 *                                                               status differs or somebody else's claim is alive
 * UPDATE    {"id", "version"?, "set": {status, blocked, priority, branch, labels, dependencies, ...}, "comment"?, "op_id"?}
 *                                                             -> {"task"}  MAMC_E_CONFLICT when `version` is given and is not
 *                                                               the task's; a repeated op_id changes nothing more
 * CREATE    {"project", "title", ..., "external_id"?}         -> {"task", "created": bool}  the same external_id again returns
 *                                                               the task that exists
 * COMMENT   {"id", "text", "author", "op_id"?}                -> {}
 * WATCH     {"project"}                                       stays open; emits "changed" {} after a change by anybody
 * MILESTONE {"project", "title", "branch"?}                   -> {"milestone": {"id","title","branch"}}  found or made by title
 * ADOPT     {"project", "owner"}                              -> {}  tasks whose workers the board knows to be dead are open
 *                                                               again; MAMC_E_UNSUPPORTED where claims just end
 *
 * GET, CLAIM, UPDATE and COMMENT take "project"? beside "id": the task's project, or a list of those it may be in. A
 * board whose ids count within a project needs it.
 *
 * MAMC_E_UNAVAILABLE: the board is out of reach, or in trouble that passes; nothing is known of the tasks.
 * MAMC_E_CONFLICT: somebody was faster; read again. MAMC_E_INVALID: it would be refused each time. MAMC_E_UNSUPPORTED:
 * this board cannot do that. MAMC_E_FAILED: this task cannot be changed, and others may well be.
 */
#ifndef MAMC_BOARD_H
#define MAMC_BOARD_H
#include <mamc/plugin.h>
#define MAMC_FACTORY_BOARD "mamc.board/1"
#define MAMC_BOARD_PROJECTS 1u
#define MAMC_BOARD_LIST 2u
#define MAMC_BOARD_GET 3u
#define MAMC_BOARD_CLAIM 4u
#define MAMC_BOARD_UPDATE 5u
#define MAMC_BOARD_CREATE 6u
#define MAMC_BOARD_COMMENT 7u
#define MAMC_BOARD_WATCH 8u
#define MAMC_BOARD_MILESTONE 9u
#define MAMC_BOARD_ADOPT 10u
#endif
