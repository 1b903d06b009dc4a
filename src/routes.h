/*
 * routes.h: every route that Kinglet has, in three tables, one a listener. A row says which path
 * and methods, where its handler runs, what must be true before it runs (guard.c sees to it), and
 * the handler. Whoever looks for "what does this URL do" begins here.
 */
#ifndef KINGLET_ROUTES_H
#define KINGLET_ROUTES_H

#include "admin/admin.h"
#include "admin/dashboard.h"
#include "api/api.h"
#include "http/router.h"
#include "http/server.h"
#include "web/web.h"

enum route_flag {
	ROUTE_PLAIN = 0,
	ROUTE_VIEWER = 1 << 0,	/* the page depends on who looks: the session is read */
	ROUTE_USER = 1 << 1,	/* only for who is signed in: 401 */
	ROUTE_CHANGES = 1 << 2, /* changes something with any method: never from another site */
	ROUTE_ADMIN = 1 << 4,	/* only for administrators: 302 to the sign-in, 403 */
	ROUTE_STAFF = 1 << 5,	/* for moderators too: 302 to the sign-in, 403 */
	ROUTE_AUTH = 1 << 3,	/* API: needs the configured name and password: 403 */
};

struct web_route {
	struct route route;
	enum http_lane lane;
	unsigned flags;
	web_handler *handler;
};

struct api_route {
	struct route route;
	enum http_lane lane;
	unsigned flags;
	api_handler *handler;
};

struct admin_route {
	struct route route;
	enum http_lane lane;
	admin_handler *handler;
};

extern const struct web_route web_routes[];
extern const size_t web_route_count;
extern const struct api_route api_routes[];
extern const size_t api_route_count;
extern const struct admin_route admin_routes[];
extern const size_t admin_route_count;

#endif
