/*
 * view_settings.h: what the templates of one's settings show, and the sections that settings have.
 */
#ifndef KINGLET_WEB_VIEW_SETTINGS_H
#define KINGLET_WEB_VIEW_SETTINGS_H

#include "service/profile.h"
#include "service/second_factor.h"
#include "web/view.h"

/* A page of settings: /settings + path. */
struct settings_section {
	const char *path, *name; /* name: English, shown by lang_text() */
};
/*
 * In the order of the navigation. Who adds a section adds a row here (page_settings.c), a route,
 * and a template that opens with settings_head(&v->page, PATH).
 */
extern const struct settings_section_list {
	const struct settings_section *items;
	size_t count;
} settings_sections;

/* A sign-in in the list, and its name in the form that ends it. */
struct session_row {
	struct session session;
	char id[ACCOUNT_SESSION_ID_BYTES + 1];
};
struct session_row_list {
	struct session_row *items;
	size_t count;
};

struct settings_view {
	struct page_view page;
	struct form_error error;
	struct str name, email; /* what was typed, else the present ones */
	struct session_row_list sessions;
	bool mail, confirmed; /* mail is sent; the present address is known to be theirs */
};

/* How one presents oneself: what was typed, else what is kept. */
struct profile_view {
	bool welcome; /* as a step of /welcome */
	struct page_view page;
	struct profile_problems problems;
	struct str display, bio, link;
	int display_max, bio_max;
};

/* Whom one has blocked, or muted. */
struct blocks_view {
	struct page_view page;
	struct user_list people;
	bool muted; /* the tab */
	bool first; /* the head of the list */
};

/* Signing in with a code beside the password. */
struct security_view {
	struct page_view page;
	struct form_error error;
	bool on;
	struct str secret, uri; /* while it is being set up; else empty */
	int64_t codes_left;
	const struct recovery_codes *codes; /* just made, to be shown once; NULL: none */
};

/* What is kept of a person, and the end of it. */
struct data_view {
	struct page_view page;
	struct form_error error;
	int64_t days; /* in which the account may be kept after all */
};

/* The second step of a sign-in. */
struct code_view {
	struct page_view page;
	struct form_error error;
};

/* A new password by a link. */
struct reset_view {
	struct page_view page;
	struct form_error error;
	struct str token, name; /* name: empty where the link is of no use */
	bool mail, asked;	/* links can be asked for; one was */
	struct str who;		/* what was typed */
};

/* Is the address somebody's? */
struct confirm_view {
	struct page_view page;
	struct str token, name, email; /* name: empty where the link is of no use */
	int64_t user_id;
	bool done;
};

#endif
