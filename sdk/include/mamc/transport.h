/* mamc/transport.h - the kind `transport`: carries persona requests to workers and events back.
 *
 * From these verbs Redis Streams, JetStream and Kafka can be built. A message is {"id", "fields": {string: string}}; ids
 * grow within a stream. Delivery is at least once. Reclaiming messages of dead consumers and trimming are the transport's
 * own duty. A name (stream, group, lease, key) is any UTF-8 text up to 256 bytes.
 * SELFTEST {"streams"?: [name]}                              -> also whether these may be read and written
 * PUBLISH  {"stream", "fields"}                              -> {"id"}
 * READ     {"stream", "from": id | "0" | "$", "credit": n}      stays open; emits "message" {"id","fields"} in order, every
 *                                                             reader sees every message; "$" is: from now on
 * CONSUME  {"stream", "group", "consumer", "credit": n, "idle_ms": n}
 *                                                             stays open; emits "message" {"id","fields","delivery": n}, each
 *                                                             message to one consumer of the group, at most `credit`
 *                                                             unacknowledged at a time. A message that is neither
 *                                                             extended nor settled is delivered again: never sooner than
 *                                                             idle_ms (milliseconds) after it was delivered or extended
 *                                                             last, and soon after that when a consumer has credit to
 *                                                             spare - how soon is the transport's own, its README says it.
 *                                                             The consumers of one group agree on idle_ms
 * A READ or CONSUME whose stream the server has lost (it came back empty, somebody deleted it) goes on with what is new and
 * emits "emptied" {}, perhaps more than once: what was on its way may have to be sent again.
 * ACK      {"stream", "group", "id"}                         -> {}
 * EXTEND   {"stream", "group", "id", "consumer"}             -> {}      MAMC_E_STALE when it is not ours any more
 * RELEASE  {"stream", "group", "id", "delay_ms"}             -> {}      deliver it again after the delay, as exactly as idle_ms
 * DEAD     {"stream", "group", "id", "reason"}               -> {}      to the dead letters, acknowledged
 * DEAD_LIST   {"stream"}                                     -> {"messages": [{"id","fields","group","reason","at_ms"}]}
 * DEAD_REPLAY {"stream", "id"}                               -> {"id"}  publish it again
 * DEAD_DROP   {"stream", "id"}                               -> {}
 * LEASE    {"name", "owner", "ttl_ms"}                       -> {"owner", "expires_ms"}   renewed when owner holds it already;
 *                                                             MAMC_E_CONFLICT with the holder in details; ttl_ms 0 gives it up
 * PUT      {"key", "value", "ttl_ms"}  GET {"key"}           -> {} / {"value"}            MAMC_E_NOT_FOUND
 * NOTIFY   {"channel", "text"}                               -> {}      best effort, nothing kept
 * LISTEN   {"channel"}                                       stays open; emits "notice" {"text"}
 *
 * A call that stays open ends by cancel, with MAMC_E_CANCELLED.
 */
#ifndef MAMC_TRANSPORT_H
#define MAMC_TRANSPORT_H
#include <mamc/plugin.h>
#define MAMC_FACTORY_TRANSPORT "mamc.transport/1"
#define MAMC_TRANSPORT_PUBLISH 1u
#define MAMC_TRANSPORT_READ 2u
#define MAMC_TRANSPORT_CONSUME 3u
#define MAMC_TRANSPORT_ACK 4u
#define MAMC_TRANSPORT_EXTEND 5u
#define MAMC_TRANSPORT_RELEASE 6u
#define MAMC_TRANSPORT_DEAD 7u
#define MAMC_TRANSPORT_DEAD_LIST 8u
#define MAMC_TRANSPORT_DEAD_REPLAY 9u
#define MAMC_TRANSPORT_DEAD_DROP 10u
#define MAMC_TRANSPORT_LEASE 11u
#define MAMC_TRANSPORT_PUT 12u
#define MAMC_TRANSPORT_GET 13u
#define MAMC_TRANSPORT_NOTIFY 14u
#define MAMC_TRANSPORT_LISTEN 15u
#endif
