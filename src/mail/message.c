#include "mail/message.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/encode.h"
#include "base/rand.h"

#define LOCAL_MAX_BYTES	 64 /* RFC 5321 §4.5.3.1.1 */
#define LABEL_MAX_BYTES	 63
#define LINE_MAX_CHARS	 76 /* of quoted-printable, with the soft break's sign */
#define FLOW_CHARS	 72 /* RFC 3676 §4.2: lines of 78 at most, with the space at the end */
#define WORD_BYTES	 42 /* in an encoded word: 56 in base64, 68 with what is around them */
#define ID_BYTES	 16
#define HEADER_MAX_BYTES 900 /* of what a header says, encoded: RFC 5322 §2.1.1 */

/* ---- addresses ------------------------------------------------------------------------------ */

static bool is_atext(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool is_dot_atom(struct str s)
{
	if (s.len == 0 || s.len > LOCAL_MAX_BYTES || s.ptr[0] == '.' || s.ptr[s.len - 1] == '.')
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_atext(s.ptr[i]) && (s.ptr[i] != '.' || s.ptr[i - 1] == '.'))
			return false;
	}
	return true;
}

static bool is_domain(struct str s)
{
	struct str label;

	if (s.len == 0 || s.ptr[s.len - 1] == '.')
		return false;
	while (str_cut(&s, '.', &label)) {
		if (label.len == 0 || label.len > LABEL_MAX_BYTES || label.ptr[0] == '-' ||
		    label.ptr[label.len - 1] == '-')
			return false;
		for (size_t i = 0; i < label.len; i++) {
			if (!isalnum((unsigned char)label.ptr[i]) && label.ptr[i] != '-')
				return false;
		}
	}
	return true;
}

static struct str domain_of(struct str address)
{
	ptrdiff_t at = (ptrdiff_t)address.len;

	while (at > 0 && address.ptr[at - 1] != '@')
		at--;
	return str_sub(address, (size_t)at, address.len);
}

bool mail_address_is_good(struct str address)
{
	struct str domain = domain_of(address);

	return address.len <= MAIL_ADDRESS_MAX_BYTES && domain.len < address.len &&
	       is_dot_atom(str_sub(address, 0, address.len - domain.len - 1)) && is_domain(domain);
}

/* ---- headers -------------------------------------------------------------------------------- */

static bool is_plain(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];

		if (!isalnum(c) && c != ' ' && c != '-')
			return false;
	}
	return text.len > 0 && text.len < LINE_MAX_CHARS - 16 && text.ptr[0] != ' ' &&
	       text.ptr[text.len - 1] != ' ';
}

/* How much of `rest` goes into one encoded word: no character is torn (RFC 2047 §5). */
static size_t word_bytes(struct str rest)
{
	size_t n = rest.len < WORD_BYTES ? rest.len : WORD_BYTES;

	while (n > 1 && n < rest.len && ((unsigned char)rest.ptr[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/*
 * A phrase, or unstructured text: as it is where it is words of ASCII, else as encoded words, each
 * on a line of its own. A control character can't come out in either form.
 */
static void add_text(struct buf *out, struct str text)
{
	text = str_sub(text, 0, HEADER_MAX_BYTES / 2);
	if (is_plain(text)) {
		buf_add(out, text);
		return;
	}
	for (bool first = true; text.len > 0; first = false) {
		size_t n = word_bytes(text);

		buf_add(out, first ? STR("=?utf-8?B?") : STR("\r\n =?utf-8?B?"));
		base64_encode(out, text.ptr, n);
		buf_add(out, STR("?="));
		text = str_sub(text, n, text.len);
	}
}

/* RFC 5322 §3.3. */
static void add_date(struct buf *out, int64_t now_ms)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
		   months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void add_headers(const struct mail_message *m, struct buf *out)
{
	unsigned char id[ID_BYTES];
	char hex[2 * ID_BYTES + 1];

	rand_bytes(id, sizeof(id));
	hex_encode(id, sizeof(id), hex);
	add_date(out, m->now_ms);
	buf_add(out, STR("From: "));
	if (m->from_name.len) {
		add_text(out, m->from_name);
		buf_add(out, STR("\r\n "));
	}
	buf_printf(out, "<%.*s>\r\n", STR_ARG(m->from));
	buf_printf(out, "To: <%.*s>\r\nSubject: ", STR_ARG(m->to));
	add_text(out, m->subject);
	buf_printf(out, "\r\nMessage-ID: <%s@%.*s>\r\n", hex, STR_ARG(domain_of(m->from)));
	if (m->language.len)
		buf_printf(out, "Content-Language: %.*s\r\n", STR_ARG(m->language));
	/* RFC 3834 §5: no program answers it. */
	buf_add(out, STR("Auto-Submitted: auto-generated\r\n"
			 "MIME-Version: 1.0\r\n"
			 "Content-Type: text/plain; charset=utf-8; format=flowed\r\n"
			 "Content-Transfer-Encoding: quoted-printable\r\n\r\n"));
}

/* ---- text ----------------------------------------------------------------------------------- */

/* A line as quoted-printable, without its end. A space at the end is encoded (RFC 2045 §6.7, 3). */
static void add_quoted(struct buf *out, struct str line)
{
	size_t column = 0;

	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.ptr[i];
		bool last = i + 1 == line.len;
		bool literal = (c > ' ' && c < 0x7f && c != '=') || (c == ' ' && !last);
		size_t width = literal ? 1 : 3;

		if (column + width > LINE_MAX_CHARS - 1) {
			buf_add(out, STR("=\r\n"));
			column = 0;
		}
		if (literal)
			buf_add_char(out, (char)c);
		else
			buf_printf(out, "=%02X", c);
		column += width;
	}
	buf_add(out, STR("\r\n"));
}

/* Where a line that flows on ends: behind a space, or the whole of `rest` where it has none. */
static size_t flow_bytes(struct str rest)
{
	size_t best = rest.len, chars = 0;

	for (size_t i = 0; i < rest.len; i++) {
		chars += ((unsigned char)rest.ptr[i] & 0xc0) != 0x80;
		if (chars > FLOW_CHARS && best < rest.len)
			return best;
		if (rest.ptr[i] == ' ' && i + 1 < rest.len)
			best = i + 1;
	}
	return chars > FLOW_CHARS ? best : rest.len;
}

/* RFC 3676 §4.2, §4.4: a line that ends with a space goes on in the next one; what would be taken
 * for a quotation or a line that begins with a space gets one more. */
static void add_paragraph(struct buf *out, struct str line)
{
	struct buf stuffed = BUF_INIT(4096);

	do {
		size_t n = flow_bytes(line);
		struct str part = str_sub(line, 0, n);

		buf_clear(&stuffed);
		if (part.len && (part.ptr[0] == ' ' || part.ptr[0] == '>' ||
				 str_starts_with(part, STR("From "))))
			buf_add_char(&stuffed, ' ');
		buf_add(&stuffed, part);
		add_quoted(out, buf_str(&stuffed));
		line = str_sub(line, n, line.len);
	} while (line.len);
	buf_release(&stuffed);
}

bool mail_message_write(const struct mail_message *m, struct buf *out)
{
	struct str rest = m->text, line;

	if (!mail_address_is_good(m->from) || !mail_address_is_good(m->to))
		return false;
	add_headers(m, out);
	while (str_cut(&rest, '\n', &line))
		add_paragraph(out, line);
	return true;
}
