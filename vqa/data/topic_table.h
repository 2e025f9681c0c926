/* The topics of topics.h: what is asked, and what the classes of a picture answer. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VQA_TOPIC_ASKS    12
#define VQA_TOPIC_ANSWERS 48
#define VQA_TOPIC_CHECKS  6

typedef struct
{
  const char *class_name, *answer;
} vqa_topic_pair;

typedef struct
{
  const char *needs; /* another class that must be there; NULL: none */
  gboolean first;    /* only the first class found counts: it decides what the place is */
  gboolean agree;    /* yes or no, or one of two: all classes that are there must say the same */
  const char *ask[VQA_TOPIC_ASKS];               /* NULL-terminated */
  vqa_topic_pair answers[VQA_TOPIC_ANSWERS + 1]; /* ends with a NULL class */
  const char *check[VQA_TOPIC_CHECKS];           /* NULL-terminated, %s: an answer */
  gboolean bare;                                 /* it stands without its article there */
} vqa_topic;

extern const vqa_topic vqa_topic_table[];
extern const guint vqa_topic_count;

G_END_DECLS
