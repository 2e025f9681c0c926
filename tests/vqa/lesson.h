/* A data set for tests of examples and batches: pictures (empty files: only their names matter),
 * questions and class lists in a temporary folder, read by tiny_recipe. One at a time, as each test
 * runs in its own process. */
#pragma once

#include "tests/vqa/tiny.h"
#include "vqa/run/examples.h"

G_BEGIN_DECLS

extern char *folder;
extern vqa_examples *examples; /* what was read last */

/* Make and remove the folder. */
void lesson_set_up (void);
void lesson_tear_down (void);

/* Pictures 1 to count. */
void add_pictures (int count);
/* One question "Is it red?" about each picture 1 to count. */
void add_questions (int count);
/* Class lists of pictures 1 to count: lists[(number - 1) % n]. */
void add_classes (int count, const char *const *lists, int n);

/* Reads recipe and examples; settings are split at spaces. read_with() fails the test on errors. */
gboolean try_read (const char *settings, GError **error);
void read_with (const char *settings);

/* Of what was read last. */
const vqa_photo *photo_of (int image);
int answer_of (const char *text); /* position, -1 when absent */
int word_of (const char *text);   /* id, 0 when absent */

G_END_DECLS
