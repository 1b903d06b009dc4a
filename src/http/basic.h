/* basic.h: the Basic scheme of HTTP authentication (RFC 7617). */
#ifndef KINGLET_HTTP_BASIC_H
#define KINGLET_HTTP_BASIC_H

#include "http/http.h"

/* Name and password of the Authorization header, in the arena; false where it has none. */
bool basic_parse(const struct http_request *req, struct str *name, struct str *password);

#endif
