/* How the readers of the several layouts build a vqa_set. */
#pragma once

#include "vqa/data/data.h"

/* An empty set whose pictures lie in a folder. */
vqa_set *vqa_set_new (const char *images_folder);
/* A new question without answers at the end of the set, which owns it. */
vqa_question *vqa_set_add (vqa_set *set, gint64 id, gint64 image_id, const char *text);
/* The picture with this id is this file of the folder, whatever the name says. */
void vqa_set_name_picture (vqa_set *set, gint64 image_id, const char *file);
/* The question's one known answer and its type: "yes/no", "number" or "other". */
void vqa_set_answer (vqa_question *question, const char *answer);
/* Pictures of this set are made, by a function that may be called on any thread; `user` is freed
 * with the set. */
typedef vqa_picture *(*vqa_set_maker) (gpointer user, gint64 image_id, int side, GError **error);
void vqa_set_make_pictures (vqa_set *set, vqa_set_maker make, gpointer user, GDestroyNotify free);
