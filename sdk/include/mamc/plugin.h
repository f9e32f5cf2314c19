/* mamc/plugin.h - the entry of a plugin, its factories, and the instance table through which the host works with it.
 *
 * A plugin is one shared library that exports one function, mamc_plugin_entry_1, and carries its manifest as JSON text in
 * the section .mamc.manifest, which the host reads without running code. docs/abi.md describes the manifest.
 *
 *   library  --entry-->  mamc_module  --get_factory("mamc.step/1")-->  mamc_factory  --create-->  mamc_instance
 *
 * Every kind of type (step, backend, transport, board, workspace) is used through the same table: the host starts a
 * *call* with a ticket, a verb and a JSON input; the plugin completes the ticket through the service mamc.complete/1,
 * inside start or later. The verbs of each kind and their payloads are in step.h, backend.h, transport.h, board.h and
 * workspace.h.
 */
#ifndef MAMC_PLUGIN_H
#define MAMC_PLUGIN_H

#include <mamc/abi.h>

/* What the host tells the entry function. Owned by the host, valid for the life of the process. */
typedef struct mamc_host_info {
  uint32_t struct_size;
  uint32_t abi_minor; /* the host's minor of this major */
  mamc_str name;      /* "mamc-host" */
  mamc_str version;
  uint64_t max_message_bytes; /* no payload is larger, in either direction */
  uint32_t max_message_depth; /* nor nested deeper */
  uint32_t reserved;
} mamc_host_info;

/* The host as the plugin sees it, given to init. Owned by the host, valid until deinit returns. */
typedef struct mamc_host {
  uint32_t struct_size;
  uint32_t reserved;
  void *context;
  /* [any] The service table with this id (see services.h), or NULL when this host has none. The table lives as long as
   * the host does. */
  const void *(MAMC_CALL *get_service)(void *context, const char *id);
} mamc_host;

/* How one call is made. Owned by the host, valid until start returns. */
typedef struct mamc_call_info {
  uint32_t struct_size;
  uint32_t verb;    /* MAMC_VERB_* or a verb of the kind */
  uint32_t attempt; /* 1 for the first */
  uint32_t flags;   /* MAMC_CALL_* */
  int64_t deadline_unix_ms; /* 0: none. The host cancels at the deadline by itself. */
  int64_t started_unix_ms;  /* leaf types: recorded before the first try, so equal on every repetition; else 0 */
  mamc_str op_id;           /* leaf types: names this effect, equal on every repetition; else empty */
} mamc_call_info;

#define MAMC_CALL_RESUMED 1u /* leaf types: an earlier try of this op_id was interrupted; its effect is unknown */

#define MAMC_VERB_SELFTEST 0u /* every kind, optional: can the type do its work as it is configured? docs/abi.md has its JSON */

/* What a child call came to (see mamc_children in services.h). Owned by the host, valid until child_done returns. */
typedef struct mamc_child_result {
  uint32_t struct_size;
  mamc_code code;
  mamc_str key;
  mamc_str json; /* the result, or {"message": ..., ...} when code is negative */
} mamc_child_result;

/* One configured instance of a type. Allocated and owned by the plugin until destroy returns. */
typedef struct mamc_instance {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  /* [call] Begin one call. Returns promptly (a `blocking` type: when the work is done) or after completing inline. */
  void(MAMC_CALL *start)(void *self, mamc_ticket ticket, const mamc_call_info *info, mamc_str input);
  /* [call] A child call of this ticket ended. A `blocking` type gets it on another thread than start, while start runs. May be
   * NULL for types that make no child calls. */
  void(MAMC_CALL *child_done)(void *self, mamc_ticket ticket, const mamc_child_result *result);
  /* [call] Stop soon; `reason` is MAMC_E_CANCELLED or MAMC_E_TIMEOUT. Idempotent. The ticket must still be completed.
   * Only a `blocking` type gets it on another thread than start. May be NULL: the host then waits or abandons. */
  void(MAMC_CALL *cancel)(void *self, mamc_ticket ticket, mamc_code reason);
  /* [call] The last call for a ticket, at most once, never nested in another of its calls: free its state here. It does
   * not come for a ticket that was abandoned while one of its calls was still running. May be NULL. */
  void(MAMC_CALL *release)(void *self, mamc_ticket ticket);
  /* [call] No ticket is open. Frees the instance, this table included. */
  void(MAMC_CALL *destroy)(void *self);
} mamc_instance;

/* Makes instances of the plugin's types of one kind. Owned by the plugin, valid until deinit. */
typedef struct mamc_factory {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  /* [call] Make an instance of `type` (an id of the manifest) with `settings` (a JSON object that satisfies the type's
   * settings schema). On failure returns a negative code and may leave a sentence through `mamc.log/1`. */
  mamc_code(MAMC_CALL *create)(void *self, mamc_str type, mamc_str settings, const mamc_instance **instance);
} mamc_factory;

/* What the entry function fills in. Owned by the plugin, valid for the life of the process. */
typedef struct mamc_module {
  uint32_t struct_size;
  uint32_t built_minor;    /* MAMC_ABI_MINOR of the SDK it was built with */
  uint32_t min_host_minor; /* the oldest host that has all it needs */
  uint32_t must_understand; /* bits that the host must know; an unknown bit refuses the plugin */
  /* [entry] Before anything else. Keeps `host`. */
  mamc_code(MAMC_CALL *init)(const mamc_host *host);
  /* [entry] The factory with this id ("mamc.step/1", "mamc.backend/1", ...) or NULL. */
  const mamc_factory *(MAMC_CALL *get_factory)(const char *id);
  /* [entry] Stop the plugin's own threads from starting new work; complete or give up tickets by the deadline. NULL: none. */
  void(MAMC_CALL *quiesce)(int64_t deadline_unix_ms);
  /* [entry] After it returns, no thread of the plugin runs and no service is called. NULL: nothing to do. */
  void(MAMC_CALL *deinit)(void);
} mamc_module;

/* [entry] The one exported function. Pure: no threads, no I/O, may be called more than once. Returns MAMC_OK and sets
 * *module, or a negative code. The digit is the ABI major. */
#define MAMC_PLUGIN_ENTRY "mamc_plugin_entry_1"
typedef mamc_code(MAMC_CALL *mamc_plugin_entry_fn)(const mamc_host_info *info, const mamc_module **module);

/* Puts the manifest, a string literal with a JSON object, into the section the host reads. A build helper may do the same
 * from a file. One per library. */
#define MAMC_MANIFEST_SECTION ".mamc.manifest"
#if defined(_WIN32)
#define MAMC_MANIFEST(text) __attribute__((section(".mamcm"), used)) static const char mamc_manifest_[] = text
#else
#define MAMC_MANIFEST(text)                                                                                  \
  __attribute__((section(MAMC_MANIFEST_SECTION), used)) static const char mamc_manifest_[] = text
#endif

#endif
