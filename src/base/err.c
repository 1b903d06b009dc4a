#include "base/err.h"

static const struct {
	int status;
	const char *label, *text;
} table[ERR_COUNT] = {
#define ERR_X(name, status, label, text) [name] = {status, label, text},
	ERR_TABLE(ERR_X)
#undef ERR_X
};

static enum err checked(enum err e)
{
	return (unsigned)e < ERR_COUNT ? e : ERR_INTERNAL;
}

const char *err_text(enum err e)
{
	return table[checked(e)].text;
}

const char *err_label(enum err e)
{
	return table[checked(e)].label;
}

int err_status(enum err e)
{
	return table[checked(e)].status;
}
