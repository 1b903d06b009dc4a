/* view_instance.h: what the pages of an instance's settings and of admission show. See view.h. */
#ifndef KINGLET_WEB_VIEW_INSTANCE_H
#define KINGLET_WEB_VIEW_INSTANCE_H

#include "service/instance.h"
#include "service/moderation.h"
#include "web/view.h"

struct instance_row {
	const struct instance_fact *fact;
	const char *label, *hint;
	struct str value; /* what was typed, else the present one */
	struct str configured;
	bool set;
	const char *error; /* NULL: nothing is wrong with it */
};
struct instance_rows {
	struct instance_row *items;
	size_t count;
};
struct instance_view {
	struct page_view page;
	struct instance_rows rows;
};

struct approvals_view {
	struct page_view page;
	struct waiting_list waiting;
};

struct invitations_view {
	struct page_view page;
	struct form_error error;
	struct invitation_list invitations;
	struct str uses, days; /* as typed */
	bool by_code;	       /* codes are asked for at present */
};

/* "open", … in words. */
const char *view_mode_text(const char *name);

#endif
