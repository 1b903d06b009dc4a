/*
 * accept_language.h: which of our languages a client asks for, by Accept-Language (RFC 9110
 * §12.5.4) and the lookup of RFC 4647 §3.4: "da-DK" finds "da", and what is liked best and is here
 * wins.
 */
#ifndef KINGLET_HTTP_ACCEPT_LANGUAGE_H
#define KINGLET_HTTP_ACCEPT_LANGUAGE_H

#include "base/lang.h"
#include "http/http.h"

/*
 * LANG_EN where the client names none, or none that is here. "*" stands for no language (lookup
 * passes it by), and what has a quality of 0 or a malformed one isn't wanted. Of languages that are
 * liked the same the first is taken.
 */
enum lang accept_language(const struct http_request *req);

#endif
