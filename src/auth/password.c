/*
 * password.c: the forms that a stored hash may have, told apart by how they begin.
 *
 * Argon2id and its comparison are libsodium's; classic forms are OpenSSL's. A stored hash may come
 * from an imported file, so its costs are bounded before any work is done: nobody's row can make a
 * sign-in take a minute or a gigabyte.
 */
#include "auth/password.h"

#include <stdio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>
#include "base/encode.h"

/* RFC 9106 §4 leaves the choice to the site; OWASP's first recommendation for Argon2id. */
#define ARGON_PASSES	   2
#define ARGON_MEMORY_BYTES ((size_t)19 * 1024 * 1024)

/* The dearest stored hash that is still checked. */
#define ARGON_PASSES_MAX      10
#define ARGON_MEMORY_KIB_MAX  (256 * 1024)
#define ARGON_LANES_MAX	      4
#define PBKDF2_ITERATIONS_MAX 10000000
#define SCRYPT_MEMORY_MAX     ((int64_t)256 * 1024 * 1024)
#define SCRYPT_LANES_MAX      16
#define SCRYPT_HASH_BYTES     64 /* what Werkzeug asks for */
/* Werkzeug's hash without iterations ("pbkdf2:sha256$…") has this many; 0.9 and older. */
#define PBKDF2_ITERATIONS_BARE 1000

static char nothing_hash[crypto_pwhash_STRBYTES];

enum err password_setup(void)
{
	unsigned char random[32];

	if (nothing_hash[0])
		return ERR_OK;
	if (sodium_init() < 0)
		return ERR_INTERNAL;
	randombytes_buf(random, sizeof(random));
	if (crypto_pwhash_str_alg(nothing_hash, (const char *)random, sizeof(random), ARGON_PASSES,
				  ARGON_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return ERR_INTERNAL;
	return ERR_OK;
}

enum err password_hash(struct arena *a, struct str password, struct str *out)
{
	char text[crypto_pwhash_STRBYTES];
	struct str copy;

	if (password.len == 0 || password.len > PASSWORD_MAX_BYTES)
		return ERR_INVALID;
	if (crypto_pwhash_str_alg(text, password.ptr, password.len, ARGON_PASSES,
				  ARGON_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return ERR_BUSY;
	copy = arena_str(a, str_from_c(text));
	if (!copy.ptr)
		return ERR_TOO_LARGE;
	*out = copy;
	return ERR_OK;
}

/* ---- Argon2id ------------------------------------------------------------------------------ */

/* Terminated, in `text`; false where it isn't Argon2id of bearable costs. */
static bool argon_parse(struct str stored, char text[crypto_pwhash_STRBYTES])
{
	unsigned version, memory_kib, passes, lanes;
	int at = 0;

	if (stored.len == 0 || stored.len >= crypto_pwhash_STRBYTES ||
	    memchr(stored.ptr, 0, stored.len))
		return false;
	memcpy(text, stored.ptr, stored.len);
	text[stored.len] = 0;
	return sscanf(text, "$argon2id$v=%3u$m=%9u,t=%9u,p=%9u$%n", &version, &memory_kib, &passes,
		      &lanes, &at) == 4 &&
	       at > 0 && memory_kib <= ARGON_MEMORY_KIB_MAX && passes <= ARGON_PASSES_MAX &&
	       lanes <= ARGON_LANES_MAX;
}

static enum password_result argon_check(struct str password, const char *stored)
{
	if (crypto_pwhash_str_verify(stored, password.ptr ? password.ptr : "", password.len) != 0)
		return PASSWORD_WRONG;
	if (crypto_pwhash_str_needs_rehash(stored, ARGON_PASSES, ARGON_MEMORY_BYTES) != 0)
		return PASSWORD_RIGHT_REHASH;
	return PASSWORD_RIGHT;
}

/* ---- Werkzeug's forms ---------------------------------------------------------------------- */

enum classic_kind { CLASSIC_PBKDF2, CLASSIC_SCRYPT, CLASSIC_SALTED };

struct classic_hash {
	enum classic_kind kind;
	const EVP_MD *digest; /* PBKDF2, SALTED */
	int64_t n, r, p;      /* SCRYPT; n alone: iterations of PBKDF2 */
	struct str salt;
	unsigned char want[EVP_MAX_MD_SIZE];
	size_t want_bytes;
};

static const EVP_MD *digest_find(struct str name)
{
	static const struct {
		const char *name;
		const EVP_MD *(*digest)(void);
	} digests[] = {
		{"md5", EVP_md5},	{"sha1", EVP_sha1},	{"sha224", EVP_sha224},
		{"sha256", EVP_sha256}, {"sha384", EVP_sha384}, {"sha512", EVP_sha512},
	};

	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		if (str_eq(name, str_from_c(digests[i].name)))
			return digests[i].digest();
	}
	return NULL;
}

static bool cost_parse(struct str text, int64_t most, int64_t *out)
{
	return str_to_i64(text, out) && *out >= 1 && *out <= most;
}

static bool scrypt_parse(struct str costs, struct classic_hash *h)
{
	struct str n, r, p;

	str_cut(&costs, ':', &n);
	str_cut(&costs, ':', &r);
	str_cut(&costs, ':', &p);
	h->kind = CLASSIC_SCRYPT;
	h->want_bytes = SCRYPT_HASH_BYTES;
	return costs.len == 0 && cost_parse(n, INT64_C(1) << 24, &h->n) &&
	       cost_parse(r, 1 << 10, &h->r) && cost_parse(p, SCRYPT_LANES_MAX, &h->p) &&
	       h->n > 1 && (h->n & (h->n - 1)) == 0 && 128 * h->n * h->r <= SCRYPT_MEMORY_MAX;
}

static bool method_parse(struct str method, struct classic_hash *h)
{
	struct str name, digest = {NULL, 0};

	str_cut(&method, ':', &name);
	if (str_eq(name, STR("scrypt")))
		return scrypt_parse(method, h);
	h->kind = CLASSIC_SALTED;
	if (str_eq(name, STR("pbkdf2"))) {
		h->kind = CLASSIC_PBKDF2;
		str_cut(&method, ':', &digest);
		h->n = PBKDF2_ITERATIONS_BARE;
		if (method.len && !cost_parse(method, PBKDF2_ITERATIONS_MAX, &h->n))
			return false;
		name = digest;
		method = (struct str){NULL, 0};
	}
	h->digest = digest_find(name);
	if (!h->digest || method.len)
		return false;
	h->want_bytes = (size_t)EVP_MD_get_size(h->digest);
	return true;
}

/* "method$salt$hex". */
static bool classic_parse(struct str stored, struct classic_hash *h)
{
	struct str method, hash = stored;

	*h = (struct classic_hash){.kind = CLASSIC_SALTED};
	if (!str_cut(&hash, '$', &method) || str_index(hash, '$') < 0)
		return false;
	str_cut(&hash, '$', &h->salt);
	return method_parse(method, h) && hex_decode(hash, h->want, h->want_bytes);
}

/* An old hash without a salt is a plain digest; with one, an HMAC that has it as key. */
static bool salted_make(const struct classic_hash *h, struct str password, unsigned char *got)
{
	unsigned len = 0;

	if (h->salt.len == 0)
		return EVP_Digest(password.ptr ? password.ptr : "", password.len, got, &len,
				  h->digest, NULL) == 1;
	return HMAC(h->digest, h->salt.ptr, (int)h->salt.len,
		    (const unsigned char *)(password.ptr ? password.ptr : ""), password.len, got,
		    &len) != NULL;
}

static bool classic_make(const struct classic_hash *h, struct str password, unsigned char *got)
{
	const char *text = password.ptr ? password.ptr : "";
	const unsigned char *salt = (const unsigned char *)(h->salt.ptr ? h->salt.ptr : "");

	switch (h->kind) {
	case CLASSIC_PBKDF2:
		return PKCS5_PBKDF2_HMAC(text, (int)password.len, salt, (int)h->salt.len, (int)h->n,
					 h->digest, (int)h->want_bytes, got) == 1;
	case CLASSIC_SCRYPT:
		return EVP_PBE_scrypt(text, password.len, salt, h->salt.len, (uint64_t)h->n,
				      (uint64_t)h->r, (uint64_t)h->p,
				      (uint64_t)(SCRYPT_MEMORY_MAX + (SCRYPT_MEMORY_MAX >> 3)), got,
				      h->want_bytes) == 1;
	case CLASSIC_SALTED:
		return salted_make(h, password, got);
	}
	return false;
}

static enum password_result classic_check(struct str password, const struct classic_hash *h)
{
	unsigned char got[EVP_MAX_MD_SIZE] = {0};

	if (password.len > INT32_MAX || h->salt.len > INT32_MAX ||
	    !classic_make(h, password, got) || CRYPTO_memcmp(got, h->want, h->want_bytes) != 0)
		return PASSWORD_WRONG;
	return PASSWORD_RIGHT_REHASH;
}

/* -------------------------------------------------------------------------------------------- */

enum password_result password_check(struct arena *a, struct str password, struct str stored)
{
	char text[crypto_pwhash_STRBYTES];
	struct classic_hash classic;

	(void)a;
	if (argon_parse(stored, text))
		return argon_check(password, text);
	if (classic_parse(stored, &classic))
		return classic_check(password, &classic);
	return PASSWORD_WRONG;
}

void password_check_nothing(struct str password)
{
	if (nothing_hash[0])
		(void)argon_check(password, nothing_hash);
}

bool password_form_known(struct str stored)
{
	char text[crypto_pwhash_STRBYTES];
	struct classic_hash classic;

	return argon_parse(stored, text) || classic_parse(stored, &classic);
}
