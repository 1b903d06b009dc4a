/*
 * message.h: a mail as it goes over the wire (RFC 5322): headers, encoded words (RFC 2047), one
 * part of plain text in UTF-8 as quoted-printable (RFC 2045 §6.7), whose paragraphs flow (RFC
 * 3676).
 *
 * What comes from people can't end a header: addresses are checked, all else is encoded.
 */
#ifndef KINGLET_MAIL_MESSAGE_H
#define KINGLET_MAIL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"

#define MAIL_ADDRESS_MAX_BYTES 254 /* RFC 5321 §4.5.3.1.3, errata 1690 */

/*
 * Can mail be sent there? The dot-atom form of RFC 5322 §3.4.1 in ASCII, which is what people have:
 * no quoted names, no addresses in brackets, no SMTPUTF8.
 */
bool mail_address_is_good(struct str address);

struct mail_message {
	struct str from;      /* an address that is good */
	struct str from_name; /* text of any kind, UTF-8 */
	struct str to;	      /* an address that is good */
	struct str subject;   /* text of any kind, UTF-8 */
	struct str text;      /* UTF-8, lines ended by LF */
	struct str language;  /* a tag */
	int64_t now_ms;
};
/* Appends it, with CRLF throughout. False, and nothing appended, where an address is not good. */
bool mail_message_write(const struct mail_message *m, struct buf *out);

#endif
