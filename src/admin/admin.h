/* admin.h: the operator's listener: health and metrics. On loopback unless configured. */
#ifndef KINGLET_ADMIN_ADMIN_H
#define KINGLET_ADMIN_ADMIN_H

#include <stdatomic.h>
#include "http/http.h"
#include "service/service.h"

struct admin {
	struct service *service;
	atomic_bool draining; /* readyz answers 503 from then on */
};

typedef void admin_handler(struct admin *admin, struct http_request *req,
			   struct http_response *res);
/* 200 while the process answers at all; 200 or 503 with reasons in JSON; Prometheus text. */
admin_handler admin_livez, admin_readyz, admin_metrics, admin_index;
void admin_error(struct http_response *res, int status);

#endif
