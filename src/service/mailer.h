/*
 * mailer.h: the thread of a node that sends what waits in the store's queue. Every node may have
 * one: each mail is claimed by one of them, and tried again by any when that one dies. It is the
 * only place that waits for a mail server.
 */
#ifndef KINGLET_SERVICE_MAILER_H
#define KINGLET_SERVICE_MAILER_H

#include "mail/smtp.h"
#include "service/service.h"

struct mailer_config {
	struct smtp_config smtp;
	struct str from;     /* an address that is good */
	struct str base_url; /* "https://example.org" */
};

struct mailer;
/* Sets s->mailer and starts the thread. `config` and its texts must live as long. ERR_BUSY. */
enum err MUST_CHECK mailer_start(struct service *s, const struct mailer_config *config);
/* Ends what is under way, which is tried again later, and the thread. NULL is fine. */
void mailer_stop(struct service *s);
/* There is something to send. Any thread, never waits. */
void mailer_wake(struct mailer *m);

#endif
