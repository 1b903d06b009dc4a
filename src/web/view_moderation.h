/* view_moderation.h: what the pages of moderation show. See view.h. */
#ifndef KINGLET_WEB_VIEW_MODERATION_H
#define KINGLET_WEB_VIEW_MODERATION_H

#include "service/moderation.h"
#include "web/view.h"

struct report_view {
	struct page_view page;
	struct form_error error;
	struct user user; /* whom it is about */
	int64_t post_id;  /* 0: the person */
	struct str post_text, text;
};

struct reports_view {
	struct page_view page;
	struct report_list reports;
	bool closed; /* the resolved ones, else the open ones */
};

struct person_view {
	struct page_view page;
	struct user user;
	struct user_standing standing;
	struct person_note_list notes;
	struct report_list about, by;
	struct str reset_link; /* just made; empty: none */
	struct form_error error;
};

struct staff_people_view {
	struct page_view page;
	struct user_list people;
	struct str query;
};

struct audit_view {
	struct page_view page;
	struct audit_list entries;
};

struct warnings_view {
	struct page_view page;
	struct person_note_list notes;
};

#endif
