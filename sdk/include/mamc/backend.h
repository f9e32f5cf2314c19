/* mamc/backend.h - the kind `backend`: turns a persona's messages into an answer.
 *
 * DESCRIBE  input {}                  result {"models": [{"id", "loaded", "context_length", "slots"}], "endpoint"}
 * ASK       input {"persona", "model", "messages": [{"role": "system|user|assistant", "content"}], "max_tokens"?,
 *                  "temperature"?, "schema"? (JSON Schema of the answer), "options"? (the persona's own, passed through),
 *                  "prompt_tokens"? (of the messages, as the host estimates them), "reply_tokens"? (that the answer may need)}
 *           emits "delta" {"text"} and "reasoning" {"text"} while the answer comes
 *           result {"text", "reasoning"?, "model", "finish": "stop|length|cancelled",
 *                   "usage"?: {"prompt_tokens", "completion_tokens"}, "timings"?: {"first_token_ms", "total_ms"},
 *                   "context_length"? (of the model as it is loaded, in tokens)}
 *           A prompt that does not fit is MAMC_E_FAILED with details {"class": "ContextOverflow", "need_tokens"?, "have_tokens"}: the
 *           host asks again with less. A backend that knows the context says so before it asks its server, when prompt_tokens and the
 *           lesser of reply_tokens and a quarter of the context do not fit into it together
 *           MAMC_E_UNAVAILABLE (it could not be reached) and MAMC_E_TIMEOUT (it took the question and did not answer) may be
 *           retried by the host; anything else may not. The host waits for what cannot be reached; a time-out is a failed attempt.
 *           MAMC_E_PERMISSION (it refuses this machine: a token) is for a person; from DESCRIBE it keeps runs from beginning
 */
#ifndef MAMC_BACKEND_H
#define MAMC_BACKEND_H
#include <mamc/plugin.h>
#define MAMC_FACTORY_BACKEND "mamc.backend/1"
#define MAMC_BACKEND_DESCRIBE 1u
#define MAMC_BACKEND_ASK 2u
#endif
