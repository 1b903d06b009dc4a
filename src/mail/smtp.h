/*
 * smtp.h: hands a mail to a server (RFC 5321), by libcurl. Certificates are always checked.
 *
 * Threads: one at a time uses a struct smtp.
 */
#ifndef KINGLET_MAIL_SMTP_H
#define KINGLET_MAIL_SMTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include "base/buf.h"
#include "base/err.h"

struct smtp_config {
	struct str url;		   /* smtp://HOST:PORT, or smtps://HOST:PORT for TLS at once */
	struct str user, password; /* empty: it asks for none */
	struct str ca;		   /* file of certificates that count; empty: the system's */
	bool tls;		   /* smtp:// demands STARTTLS */
};

struct smtp;
/* Is it a URL that smtp_new() takes? */
bool smtp_url_is_good(struct str url);
/* Copies what it needs. While *stop is true nothing is sent, and what is under way ends. NULL
 * without memory. */
struct smtp *smtp_new(const struct smtp_config *config, const atomic_bool *stop);
void smtp_free(struct smtp *s);

/*
 * ERR_OK: the server has it. ERR_DENIED: it won't take it, whenever it is asked. Else it can be
 * tried again: ERR_BUSY the server says so, ERR_TIMEOUT, ERR_IO it can't be reached, isn't who it
 * should be, or refuses us. `*why` gets the reason in a word or two, without addresses.
 */
enum err MUST_CHECK smtp_send(struct smtp *s, struct str from, struct str to, struct str message,
			      struct buf *why);

#endif
