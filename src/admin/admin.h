/* admin.h: the operator's listener: health and metrics. On loopback unless configured. */
#ifndef KINGLET_ADMIN_ADMIN_H
#define KINGLET_ADMIN_ADMIN_H

#include "http/http.h"
#include "service/health.h"
#include "service/service.h"

struct web;

struct admin {
	struct service *service;
	struct health *health;
	struct web *web; /* the dashboard is a page */
};

typedef void admin_handler(struct admin *admin, struct http_request *req,
			   struct http_response *res);
/*
 * livez: 200 while the process answers at all. readyz: 200, or 503 while draining or where the
 * store doesn't work, with each check and its reason in JSON; it never waits longer than
 * PROBE_WAIT_MS, and while draining not at all. metrics: Prometheus' text or OpenMetrics, as Accept
 * says. index: what there is. None shows a setting or a secret.
 */
admin_handler admin_livez, admin_readyz, admin_metrics, admin_index;
/* The status's own words, as text. */
void admin_error(struct http_response *res, int status);

#endif
