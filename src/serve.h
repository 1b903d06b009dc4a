/*
 * serve.h: the running server: builds store, services, listeners from the configuration, says when
 * it is ready, and on SIGTERM or SIGINT drains and ends.
 */
#ifndef KINGLET_SERVE_H
#define KINGLET_SERVE_H

#include "config.h"

/*
 * Returns the exit status: 0 after a drain, 1 where it could not start (said on standard error).
 * Prints "kinglet: NAME listening on http://HOST:PORT" for each listener and then
 * "kinglet: ready", on standard output. Blocks signals for the threads that it starts, so call it
 * before there are others.
 */
int serve(const struct config *config);

#endif
