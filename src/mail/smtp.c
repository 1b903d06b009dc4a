#include "mail/smtp.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CONNECT_S   10L
#define WHOLE_S	    60L
#define MAILBOX_MAX 300

struct smtp {
	CURL *curl;
	char *url, *user, *password, *ca;
	bool tls;
	const atomic_bool *stop;
};

struct reading {
	struct str rest;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start_library(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

bool smtp_url_is_good(struct str url)
{
	size_t head = str_starts_with(url, STR("smtps://"))  ? 8
		      : str_starts_with(url, STR("smtp://")) ? 7
							     : 0;

	if (head == 0 || url.len == head)
		return false;
	for (size_t i = head; i < url.len; i++) {
		unsigned char c = (unsigned char)url.ptr[i];

		if (c <= ' ' || c >= 0x7f || memchr("/@?#\\", c, 5))
			return false; /* a name and password are settings of their own */
	}
	return true;
}

static char *copy(struct str text)
{
	return strndup(text.len ? text.ptr : "", text.len);
}

struct smtp *smtp_new(const struct smtp_config *config, const atomic_bool *stop)
{
	struct smtp *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	pthread_once(&once, start_library);
	s->curl = curl_easy_init();
	s->url = copy(config->url);
	s->user = copy(config->user);
	s->password = copy(config->password);
	s->ca = copy(config->ca);
	s->tls = config->tls;
	s->stop = stop;
	if (s->curl && s->url && s->user && s->password && s->ca)
		return s;
	smtp_free(s);
	return NULL;
}

void smtp_free(struct smtp *s)
{
	if (!s)
		return;
	curl_easy_cleanup(s->curl);
	free(s->url);
	free(s->user);
	if (s->password)
		explicit_bzero(s->password, strlen(s->password));
	free(s->password);
	free(s->ca);
	free(s);
}

static size_t on_read(char *to, size_t size, size_t count, void *user)
{
	struct reading *r = user;
	size_t n = size * count < r->rest.len ? size * count : r->rest.len;

	if (n == 0) /* at the end, where the rest has no address to copy from */
		return 0;
	memcpy(to, r->rest.ptr, n);
	r->rest = str_sub(r->rest, n, r->rest.len);
	return n;
}

static size_t on_written(const char *data, size_t size, size_t count, void *user)
{
	(void)data;
	(void)user;
	return size * count; /* what a server says goes nowhere */
}

static int on_progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct smtp *s = user;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return atomic_load(s->stop);
}

static void configure(struct smtp *s, struct reading *reading)
{
	CURL *c = s->curl;

	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_URL, s->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROXY, ""); /* none from the environment */
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, WHOLE_S);
	curl_easy_setopt(c, CURLOPT_USE_SSL, (long)(s->tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (*s->ca)
		curl_easy_setopt(c, CURLOPT_CAINFO, s->ca);
	if (*s->user) {
		curl_easy_setopt(c, CURLOPT_USERNAME, s->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, s->password);
	}
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(c, CURLOPT_READDATA, reading);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_written);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, s);
}

/* RFC 5321 §4.2.1: 5yz stays so. But what is about us (RFC 4954 §6), not the mail, may be mended.
 */
static enum err judge(CURLcode result, long status)
{
	if (result == CURLE_OK)
		return ERR_OK;
	if (result == CURLE_OPERATION_TIMEDOUT)
		return ERR_TIMEOUT;
	if (result == CURLE_LOGIN_DENIED || (status >= 530 && status <= 538))
		return ERR_IO;
	if (status >= 500 && status <= 599)
		return ERR_DENIED;
	return status >= 400 ? ERR_BUSY : ERR_IO;
}

enum err smtp_send(struct smtp *s, struct str from, struct str to, struct str message,
		   struct buf *why)
{
	char sender[MAILBOX_MAX], recipient[MAILBOX_MAX];
	struct reading reading = {.rest = message};
	struct curl_slist *recipients;
	long status = 0;
	CURLcode result;
	enum err e;

	snprintf(sender, sizeof(sender), "<%.*s>", STR_ARG(from));
	snprintf(recipient, sizeof(recipient), "<%.*s>", STR_ARG(to));
	recipients = curl_slist_append(NULL, recipient);
	if (!recipients)
		return ERR_BUSY;
	configure(s, &reading);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, sender);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, recipients);
	result = curl_easy_perform(s->curl);
	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	e = judge(result, status);
	if (e != ERR_OK)
		buf_printf(why, "%s, status %ld", curl_easy_strerror(result), status);
	curl_slist_free_all(recipients);
	return e;
}
