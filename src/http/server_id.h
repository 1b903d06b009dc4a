/*
 * server_id.h: the name of a request, by which its line is found in every log that it went through:
 * the one that a trusted proxy gave it in X-Request-Id, or a new one.
 */
#ifndef KINGLET_HTTP_SERVER_ID_H
#define KINGLET_HTTP_SERVER_ID_H

#include "http/http.h"

#define REQUEST_ID_MAX_BYTES 64

/* 1 to REQUEST_ID_MAX_BYTES letters, digits, '-', '_', '.' and ':'. */
bool request_id_is_good(struct str text);
/* A new one, 16 hex digits: unique for as long as it matters, not secret. Any thread, no lock. */
void request_id_make(char out[REQUEST_ID_MAX_BYTES]);
#define REQUEST_ID_MADE_BYTES 16

#endif
