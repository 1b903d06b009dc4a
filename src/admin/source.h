/*
 * source.h: where the series come from that are read rather than counted: the store, the HTTP
 * server, the log.
 */
#ifndef KINGLET_ADMIN_SOURCE_H
#define KINGLET_ADMIN_SOURCE_H

#include "http/server.h"
#include "store/store.h"

/*
 * Once, before the first thread. Both must live as long as anybody looks at metrics; listeners are
 * those that the server was made with. Looking asks the store for its totals, which of a database
 * server is a round trip: not on an I/O loop.
 */
void source_setup(struct store *store, struct http_server *server,
		  const struct http_listener *listeners, size_t listener_count);

#endif
