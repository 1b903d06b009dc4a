/* instance.c: `kinglet instance ...`: what /admin/instance has. Servers notice within two seconds.
 */
#include "command/command.h"

#include "service/instance.h"

static bool load(struct command *c)
{
	enum err e;

	if (!command_open(c, false))
		return false;
	e = c->service.instance ? instance_load(c->service.instance, c->service.store) : ERR_OK;
	if (e != ERR_OK)
		command_fail_err(c, "can't read the settings", e);
	return e == ERR_OK;
}

static int show(struct command *c, int argc, char **argv)
{
	bool json = command_take(&argc, argv, "--json");
	const struct instance_values *now;
	const struct instance_values *configured;

	if (argc != 0)
		return command_usage(c, "instance", NULL);
	if (!load(c))
		return COMMAND_FAILED;
	now = instance_now(&c->service);
	configured = instance_configured(&c->service);
	for (int i = 0; i < INSTANCE_COUNT; i++) {
		struct command_json j;

		if (!json) {
			fprintf(c->out, "%-23s%-12s", instance_facts[i].name,
				now->set[i] ? "set" : "configured");
			command_print_csv(c->out, now->text[i]);
			fputc('\n', c->out);
			continue;
		}
		j = command_json_begin(c);
		command_json_text(&j, "name", str_from_c(instance_facts[i].name));
		command_json_text(&j, "value", now->text[i]);
		command_json_text(&j, "configured", configured->text[i]);
		command_json_number(&j, "set", now->set[i]);
		command_json_end(&j);
	}
	return command_flush(c);
}

int command_instance(struct command *c, int argc, char **argv)
{
	struct instance_change change = {.value = {NULL, 0}};
	bool sets = argc == 3 && strcmp(argv[0], "set") == 0;
	const char *problem = NULL;
	enum err e;

	if (argc > 0 && strcmp(argv[0], "show") == 0)
		return show(c, argc - 1, argv + 1);
	if (!sets && !(argc == 2 && strcmp(argv[0], "unset") == 0))
		return command_usage(c, "instance", NULL);
	change.key = instance_find(str_from_c(argv[1]));
	if (change.key == INSTANCE_COUNT)
		return command_usage(c, "instance",
				     "there is no such setting; see kinglet "
				     "instance show");
	if (sets)
		problem = instance_check(c->arena, change.key, str_from_c(argv[2]), &change.value);
	if (problem)
		return command_fail(c, "%s: %s", argv[1], problem);
	if (!load(c))
		return COMMAND_FAILED;
	e = instance_set(&c->service, c->arena, NULL, &change, 1);
	return e == ERR_OK ? COMMAND_OK : command_fail_err(c, "nothing was changed", e);
}
