/*
 * demo_text.h: what the people of the demonstration are called and what they write. All of it was
 * written for this; a {slot} in a text is filled from a list of words, so that one sentence serves
 * more than once without being the same.
 */
#ifndef KINGLET_COMMAND_DEMO_TEXT_H
#define KINGLET_COMMAND_DEMO_TEXT_H

#include <stddef.h>

/* What somebody writes about: subjects in English, then languages. */
enum demo_topic {
	TOPIC_NONE,
	TOPIC_REPLY, /* to somebody: {who} is filled in by demo.c */
	TOPIC_LIFE,
	TOPIC_COFFEE,
	TOPIC_COOKING,
	TOPIC_BAKING,
	TOPIC_GARDEN,
	TOPIC_BIRDS,
	TOPIC_RUNNING,
	TOPIC_CYCLING,
	TOPIC_HILLS,
	TOPIC_CODE,
	TOPIC_SERVERS,
	TOPIC_BOOKS,
	TOPIC_FILM,
	TOPIC_MUSIC,
	TOPIC_STARS,
	TOPIC_PHOTOS,
	TOPIC_PETS,
	TOPIC_CHILDREN,
	TOPIC_TRAVEL,
	TOPIC_CITY,
	TOPIC_GAMES,
	TOPIC_MAKING,
	TOPIC_SCIENCE,
	TOPIC_LANGUAGE,
	TOPIC_SEA,
	TOPIC_WORK,
	TOPIC_ARABIC,
	TOPIC_BENGALI,
	TOPIC_CHINESE,
	TOPIC_DANISH,
	TOPIC_FINNISH,
	TOPIC_FRENCH,
	TOPIC_GERMAN,
	TOPIC_GREEK,
	TOPIC_HEBREW,
	TOPIC_HINDI,
	TOPIC_ITALIAN,
	TOPIC_JAPANESE,
	TOPIC_KOREAN,
	TOPIC_PERSIAN,
	TOPIC_POLISH,
	TOPIC_PORTUGUESE,
	TOPIC_RUSSIAN,
	TOPIC_SPANISH,
	TOPIC_SWAHILI,
	TOPIC_TAMIL,
	TOPIC_THAI,
	TOPIC_TURKISH,
	TOPIC_UKRAINIAN,
	TOPIC_VIETNAMESE,
	TOPIC_COUNT
};

struct demo_texts {
	const char *const *items;
	size_t count;
};
#define DEMO_TEXTS(array)                                   \
	{                                                   \
		(array), sizeof(array) / sizeof((array)[0]) \
	}
/* By topic; English ones in demo_english.c, the rest in demo_world.c. */
struct demo_texts demo_english(enum demo_topic topic);
struct demo_texts demo_world(enum demo_topic topic);

/* The words of one {slot}. */
struct demo_slot {
	const char *name;
	struct demo_texts words;
};
extern const struct demo_slot demo_slots[];
extern const size_t demo_slot_count;

/* In order of how well they are known here: the first have the most followers. */
struct demo_person {
	const char *name;
	enum demo_topic language; /* TOPIC_NONE: writes English only */
	int hours_east;		  /* of UTC, where they live */
	int activity;		  /* how much they write beside others: 1 to 10 */
	enum demo_topic topics[3];
};
extern const struct demo_person demo_people[];
extern const size_t demo_person_count;

#endif
