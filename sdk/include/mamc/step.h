/* mamc/step.h - the kind `step`: one verb, RUN, and perhaps MAMC_VERB_SELFTEST.
 *
 * Input (a JSON object):
 *   params     the step's parameters: the keys written at the step and under its `params:`, templates resolved, validated
 *              against the type's schema, defaults filled in
 *   run        run id            step   step path, "checks@1/then/review@1"
 *   task       {id, title, description, type, labels, priority, milestone, status, external_id} of the task this run is for
 *   project    {id, name}
 *   workspace  {path, repo, branch, base, commit} when the type's access is `read` or `write`, else absent
 *   lists      for a type with step lists: {"then": [{"id": ..., "name": ...}, ...]}; the definitions stay in the host, a
 *              list or one of its steps is run by the child service step.run
 *   defaults   {"max_revision_attempts": number or "unlimited"}: the machine's settings that loops fall back to
 *
 * Result: a JSON object that satisfies the type's result schema. Two members have a meaning to the engine:
 *   state      an object; its keys, declared in the manifest under "state", are written to the run's state with the receipt
 *   commit     (access `write`) the commit that the workspace's branch has reached
 * A negative code fails the step; {"message": sentence, "details": any}.
 */
#ifndef MAMC_STEP_H
#define MAMC_STEP_H
#include <mamc/plugin.h>
#define MAMC_FACTORY_STEP "mamc.step/1"
#define MAMC_STEP_RUN 1u
#endif
