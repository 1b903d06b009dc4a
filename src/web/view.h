/*
 * view.h: what templates show. A handler fills in one of these, a template writes it as HTML;
 * templates decide nothing but markup. All texts are unescaped and live in the request's arena, or
 * for ever.
 */
#ifndef KINGLET_WEB_VIEW_H
#define KINGLET_WEB_VIEW_H

#include "base/lang.h"
#include "model/post.h"
#include "model/session.h"
#include "model/unseen.h"
#include "model/user.h"
#include "service/post.h"
#include "service/profile.h"
#include "service/viewer.h"
#include "web/avatar.h"
#include "web/text.h"
#include "web/time.h"

/* Which entry of the navigation is the page itself. */
enum page_place {
	PLACE_OTHER,
	PLACE_HOME,
	PLACE_PUBLIC,
	PLACE_SELF,
	PLACE_LOGIN,
	PLACE_REGISTER,
	PLACE_SEARCH,
	PLACE_NOTICES
};

/* The frame around every page. */
struct page_view {
	struct str title, description; /* of this page; plain text */
	struct str site;	       /* the instance's name */
	struct str lang;	       /* tag of the language that the page is in */
	struct str base;	       /* "https://example.org", or empty where unknown */
	struct str path;     /* canonical, percent-encoded, "/…"; empty: none, not indexed */
	struct str query;    /* what was looked for, for the form at the head */
	bool feed;	     /* path/feed.atom and path/feed.json have the same posts */
	bool recorded;	     /* the flash says that a post was recorded */
	struct str flash;    /* what just happened; empty: nothing */
	const char *og_type; /* "article", "profile", "website" */
	struct viewer viewer;
	enum page_place place;
	int64_t unread; /* notices, NOTICE_UNREAD_MAX for more */
	int64_t now_ms;
	size_t post_max_chars, post_max_bytes;
	struct str announcement;     /* of the administrators; empty: none, or it was dismissed */
	const char *announcement_id; /* of that text */
	struct str contact, contact_url; /* whom to turn to; empty: nobody is named */
	bool open;			 /* there is a way to have an account */
	bool gravatar;
	bool live;		       /* it has a timeline that goes on by itself */
	bool script;		       /* it has a form that counts characters */
	bool dashboard;		       /* it has charts, and takes the whole width */
	int64_t open_reports, waiting; /* for moderators, see page_view_count() */
	bool operator; /* on the operator's listener, where there are no other pages */
};

/* The form in which a post is written. */
struct compose_view {
	bool shown;
	struct str text, error; /* what was typed and what is wrong with it */
	struct str warning;
	struct str key;	  /* names the attempt that this form makes */
	int64_t reply_to; /* 0: it answers nothing */
	struct str reply_to_name;
};

struct timeline_view {
	struct page_view page;
	struct compose_view compose;
	struct post_list posts;
	struct str path; /* of this list, percent-encoded, for Older and Newer */
	struct str live; /* address of its news, percent-encoded; empty: not the newest page */
	bool intro;	 /* say what this place is */
	bool first;	 /* the newest page of the list */
	bool welcome;	 /* say where a newcomer may begin */
	struct user_list suggested; /* whom they might follow */
};

struct user_view {
	struct timeline_view timeline;
	struct user user;
	struct profile profile;
	bool self, following; /* where somebody is signed in */
	int unseen;	      /* enum unseen_why: no posts where one has blocked the other */
};

struct people_view {
	struct page_view page;
	struct user user;
	struct user_list people;
	struct str path;  /* of this list, percent-encoded */
	bool followers;	  /* those who follow `user`, else those whom they follow */
	bool first;	  /* the head of the list */
	struct str query; /* only those whose name begins so; empty: all */
	int64_t next_id;  /* where the next page begins, where there is one */
};

struct post_view {
	struct page_view page;
	struct post post;
	struct thread thread;
	struct compose_view compose; /* for an answer */
	bool first;		     /* of the answers, not a further page */
};

/* What is wrong with a form: the field it belongs to and the text. Empty text: nothing. */
struct form_error {
	const char *field, *text;
};

struct login_view {
	struct page_view page;
	struct form_error error;
	struct str username;
	bool leaving;	   /* offer to keep the account */
	struct str reason; /* of a suspension; empty: none was given */
};

struct register_view {
	struct page_view page;
	struct form_error error;
	struct str username, email, code, reason;
	bool closed, by_code, invited, by_approval, rules;
};

struct language_view {
	struct page_view page;
	struct form_error error;
	struct str chosen; /* the account's tag; empty: the browser's */
};

struct error_view {
	struct page_view page;
	int status;
	const char *heading, *advice;
};

/* For templates: does the error belong to that field? */
bool view_has_error(struct form_error error, const char *field);
/* A link to a person. Before it, in a <bdi> of class "display", stands the name that they chose to
 * be shown by, if any: what programs look for, the link with the username, is the same either way.
 */
void view_person(struct buf *out, struct str name, struct str display);
/* The link of a profile; as plain text where it is no http(s) address. */
void view_link(struct buf *out, struct str link);
/* The two names without a link. */
void view_names(struct buf *out, struct str name, struct str display);
/* "1,234" */
void view_count(struct buf *out, int64_t count);
/* The head of the list of a person's browsers: "Firefox on Linux", or what was sent, cut. */
void view_browser(struct buf *out, struct str user_agent);
/* "12", or "99+" where unread notices were not counted further. */
void view_unread(struct buf *out, int64_t count);
/* "12", or "999+" where it was not counted further. */
void view_post_count(struct buf *out, int64_t count);
/* Is it the session that this page was asked for with? */
bool view_is_current(const struct page_view *page, const struct session *session);

#endif
