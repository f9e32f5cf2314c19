/* mamc/abi.h - the words that both sides of the plugin ABI share: version, types, codes, limits.
 *
 * C99 to C17 and C++11 to C++20. Nothing here owns memory: a mamc_str is borrowed, UTF-8, not NUL-terminated, and valid
 * until the call that carries it returns. Nobody frees the other side's memory.
 *
 * Growth: every table starts with struct_size and is append-only. A reader asks MAMC_HAS(table, type, member) before it
 * touches a member that came after the first release. Larger additions are new ids ("mamc.step/2" beside "mamc.step/1").
 */
#ifndef MAMC_ABI_H
#define MAMC_ABI_H

#include <stddef.h>
#include <stdint.h>

#define MAMC_ABI_MAJOR 1
#define MAMC_ABI_MINOR 0

#ifdef __cplusplus
#define MAMC_EXTERN_C extern "C"
#else
#define MAMC_EXTERN_C extern
#endif

#if defined(_WIN32)
#define MAMC_CALL __cdecl
#define MAMC_EXPORT MAMC_EXTERN_C __declspec(dllexport)
#else
#define MAMC_CALL
#define MAMC_EXPORT MAMC_EXTERN_C __attribute__((visibility("default")))
#endif

/* True when the table that `ptr` points to reaches as far as `member` and has it set. */
#define MAMC_HAS(ptr, type, member)                                                                          \
  ((ptr) != NULL && (ptr)->struct_size >= offsetof(type, member) + sizeof((ptr)->member) && (ptr)->member != 0)

typedef struct mamc_str {
  const char *data; /* may be NULL when size is 0 */
  size_t size;
} mamc_str;

/* One piece of work that the host asked for: a slot and its generation, never a pointer. 0 is no ticket. A ticket belongs
 * to the plugin that it was given to; anybody else's use of it is MAMC_E_STALE. */
typedef uint64_t mamc_ticket;

/* Codes. Zero is success, negative is failure, positive is success with something to say. A reader that meets an unknown
 * negative code treats it as MAMC_E_FAILED. */
typedef int32_t mamc_code;
#define MAMC_OK ((mamc_code)0)
#define MAMC_AGAIN ((mamc_code)1)             /* emit: taken, but slow down */
#define MAMC_E_FAILED ((mamc_code)-1)         /* the work was done and its answer is no */
#define MAMC_E_INVALID ((mamc_code)-2)        /* the input is wrong */
#define MAMC_E_NOT_FOUND ((mamc_code)-3)
#define MAMC_E_CONFLICT ((mamc_code)-4)       /* somebody else changed it first */
#define MAMC_E_PERMISSION ((mamc_code)-5)
#define MAMC_E_UNAVAILABLE ((mamc_code)-6)    /* something outside is not reachable: may be retried */
#define MAMC_E_TIMEOUT ((mamc_code)-7)        /* may be retried */
#define MAMC_E_CANCELLED ((mamc_code)-8)
#define MAMC_E_LIMIT ((mamc_code)-9)          /* a size, count or depth limit was passed */
#define MAMC_E_STALE ((mamc_code)-10)         /* the ticket is finished, abandoned or not yours */
#define MAMC_E_CLASS ((mamc_code)-11)         /* the type's declared class may not do this, or not on this thread */
#define MAMC_E_UNSUPPORTED ((mamc_code)-12)
#define MAMC_E_INTERNAL ((mamc_code)-13)      /* a bug on the side that says it */

/* Thread rules. Each function of the ABI names one.
 *   [entry]   on the thread that loads the plugin, never concurrently with another call of the plugin
 *   [call]    on the thread of the type's class: the engine thread (inline), the plugin's executor thread (default), the
 *             ticket's own thread (blocking); calls of one instance never overlap unless its type says `concurrent`
 *   [any]     from any thread, at any time between init and the end of deinit */

#endif
