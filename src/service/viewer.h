/* viewer.h: who looks at a page: found out once for each request by guard.c, read by web/. */
#ifndef KINGLET_SERVICE_VIEWER_H
#define KINGLET_SERVICE_VIEWER_H

#include "model/session.h"
#include "model/user.h"

struct viewer {
	bool signed_in;
	struct user user;	/* where signed_in */
	struct session session; /* where signed_in */
};

#endif
