/* mamc/services.h - what a plugin may ask of the host. Each service is a table found by its id through
 * mamc_host.get_service; an absent service is NULL.
 *
 * A return code says only what the caller's own side knows (MAMC_E_STALE, MAMC_E_CLASS, MAMC_E_LIMIT, MAMC_E_INVALID for
 * text that is not UTF-8 JSON); MAMC_OK means accepted. Everything else arrives later. The host never calls a ticket from
 * inside a service call or another call of that ticket: results are queued.
 */
#ifndef MAMC_SERVICES_H
#define MAMC_SERVICES_H

#include <mamc/abi.h>

/* ---- mamc.complete/1: the end of a call, and what it says before its end ---- */
#define MAMC_SERVICE_COMPLETE "mamc.complete/1"
typedef struct mamc_complete {
  uint32_t struct_size;
  uint32_t reserved;
  void *context;
  /* [any] End the call, exactly once: the first one counts, a later one is MAMC_E_STALE. `json` is the result (code >= 0) or
   * {"message": sentence, ...}. Children that are still open are cancelled. */
  mamc_code(MAMC_CALL *complete)(void *context, mamc_ticket ticket, mamc_code code, mamc_str json);
  /* [any] Something that belongs to the call before its end: a piece of a model's answer, a delivered message, progress. `kind` is
   * defined by the verb. MAMC_AGAIN: taken, but wait before the next. MAMC_E_CANCELLED: stop. Not for `inline` types. */
  mamc_code(MAMC_CALL *emit)(void *context, mamc_ticket ticket, mamc_str kind, mamc_str json);
} mamc_complete;

/* ---- mamc.log/1 ---- */
#define MAMC_SERVICE_LOG "mamc.log/1"
#define MAMC_LOG_DEBUG 0
#define MAMC_LOG_INFO 1
#define MAMC_LOG_WARN 2
#define MAMC_LOG_ERROR 3
#define MAMC_LOG_HOST_MISBEHAVING 4   /* the host broke the contract */
#define MAMC_LOG_PLUGIN_MISBEHAVING 5 /* this plugin caught itself breaking it */
typedef struct mamc_log {
  uint32_t struct_size;
  uint32_t reserved;
  void *context;
  /* [any] One line. ticket may be 0. Ids, never payloads; secrets the host has handed out are masked. */
  void(MAMC_CALL *write)(void *context, mamc_ticket ticket, int32_t level, mamc_str text);
} mamc_log;

/* ---- mamc.children/1: work that a call asks the host to do on its behalf ----
 *
 * A child call carries a key unique within its ticket ("plan/3"). It ends in child_done with that key. A *composite* type
 * (manifest: "composite": true) decides only on its input and its children's results, in the order they arrive: the host
 * records the calls and, after a crash, starts the step again and hands it the recorded results; a call that differs from
 * the recorded one in key, service or input fails the step as not deterministic. Child calls of other types are not recorded:
 * they are part of the leaf's own effect.
 *
 * Made only from within start, child_done or cancel of that ticket (a `blocking` type: from its own thread). Services and
 * their JSON are listed in docs/services.md:
 *   composite:  persona.request  step.run  workflow.run  timer  board  model.ask (within a persona's work)
 *   leaf:       spawn  timer  board
 */
#define MAMC_SERVICE_CHILDREN "mamc.children/1"
typedef struct mamc_children {
  uint32_t struct_size;
  uint32_t reserved;
  void *context;
  mamc_code(MAMC_CALL *call)(void *context, mamc_ticket ticket, mamc_str key, mamc_str service, mamc_str input);
  /* Drop one open child: it is cancelled and its result, if any, is not delivered. */
  mamc_code(MAMC_CALL *cancel_child)(void *context, mamc_ticket ticket, mamc_str key);
} mamc_children;

/* How the host hands out bytes of its own: called with pieces, in order; the receiver copies. */
typedef void(MAMC_CALL *mamc_sink)(void *sink_context, mamc_str piece);

/* ---- mamc.secret/1: a value that the manifest of the type declared by name ---- */
#define MAMC_SERVICE_SECRET "mamc.secret/1"
typedef struct mamc_secret {
  uint32_t struct_size;
  uint32_t reserved;
  void *context;
  /* [any] MAMC_E_PERMISSION when the type did not declare `name`, MAMC_E_NOT_FOUND when it is not set. */
  mamc_code(MAMC_CALL *get)(void *context, mamc_ticket ticket, mamc_str name, mamc_sink sink, void *sink_context);
} mamc_secret;

/* ---- mamc.state/1: the run's state as it was when the step started ---- */
#define MAMC_SERVICE_STATE "mamc.state/1"
typedef struct mamc_state {
  uint32_t struct_size;
  uint32_t reserved;
  void *context;
  /* [any] The JSON value of a state key; MAMC_E_NOT_FOUND when it has none. */
  mamc_code(MAMC_CALL *get)(void *context, mamc_ticket ticket, mamc_str key, mamc_sink sink, void *sink_context);
} mamc_state;

/* ---- mamc.artifact/1: bulk bytes by handle, so that they need not be JSON ---- */
#define MAMC_SERVICE_ARTIFACT "mamc.artifact/1"
typedef struct mamc_artifact {
  uint32_t struct_size;
  uint32_t reserved;
  void *context;
  /* [any] Store bytes for the run; the handle ("sha256:...") is written to the sink and may travel in JSON. */
  mamc_code(MAMC_CALL *put)(void *context, mamc_ticket ticket, mamc_str bytes, mamc_sink sink, void *sink_context);
  /* [any] MAMC_E_NOT_FOUND for a handle this run does not have. */
  mamc_code(MAMC_CALL *get)(void *context, mamc_ticket ticket, mamc_str handle, mamc_sink sink, void *sink_context);
} mamc_artifact;

#endif
