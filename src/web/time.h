/*
 * web/time.h: moments as people read them: "3 min", "2 h", "5 d", then a date; the exact one at
 * hand. All in UTC, because a server can't know where its reader is.
 */
#ifndef KINGLET_WEB_TIME_H
#define KINGLET_WEB_TIME_H

#include <stdint.h>
#include "base/buf.h"

/* Milliseconds since 1970, from 1970 to 9999; what lies outside is shown as the nearest bound. */

/* "2024-03-12T14:05:09Z" */
void time_iso(struct buf *out, int64_t ms);
/* "12 Mar 2024, 14:05:09 UTC" */
void time_exact(struct buf *out, int64_t ms);
/* "12 March 2024" */
void time_date(struct buf *out, int64_t ms);
/* "March 2024" */
void time_month(struct buf *out, int64_t ms);
/*
 * "now" (under a minute, and the future), "3 min", "2 h", "5 d" (under a week), else "12 Mar", with
 * the year where it isn't the one of `now_ms`.
 */
void time_relative(struct buf *out, int64_t ms, int64_t now_ms);
/* "Mar", in this thread's language; `month` is 0 to 11. */
const char *time_short_month(int month);
/* A <time> element: relative, with the exact one as its title. */
void time_html(struct buf *out, int64_t ms, int64_t now_ms);

#endif
