/*
 * guard.h: what stands between the server and the handlers: finds the row of routes.c, sees to its
 * flags (session, sign-in, cross-site, API authorization), calls the handler, and counts and logs
 * the answer. One listener each for pages, API and operator.
 */
#ifndef KINGLET_GUARD_H
#define KINGLET_GUARD_H

#include "routes.h"

/* Fills in name, user and callbacks of a listener; the address is the caller's. */
void guard_web(struct http_listener *listener, struct web *web);
void guard_api(struct http_listener *listener, struct api *api);
void guard_admin(struct http_listener *listener, struct admin *admin);

/*
 * Did a browser say that the request comes from another site? By Sec-Fetch-Site where it is sent
 * (W3C Fetch Metadata), else by Origin or Referer against Host. Without any of them it was no
 * browser's cross-site request, and passes.
 */
bool guard_is_cross_site(const struct http_request *req);

#endif
