/* What kind of question a question is, in terms that people understand: whether something is
 * there, what colour, how many ... Told by its words alone, so that the questions of people, made
 * ones and those of any set are counted alike. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  VQA_KIND_EXISTENCE,
  VQA_KIND_ANIMAL,
  VQA_KIND_VEHICLE,
  VQA_KIND_FOOD,
  VQA_KIND_SPORT,
  VQA_KIND_ROOM,
  VQA_KIND_PLACE,
  VQA_KIND_ACTIVITY,
  VQA_KIND_CLOTHES,
  VQA_KIND_COLOUR,
  VQA_KIND_COUNT,
  VQA_KIND_POSITION,
  VQA_KIND_CHOICE,
  VQA_KIND_YES_NO,
  VQA_KIND_WHAT,
  VQA_KIND_REST,
  VQA_N_KINDS
} vqa_kind;

vqa_kind vqa_question_kind (const char *question);
/* Name in files and JSON ("yes_no"), and for people ("Yes or no about the picture"). Static. */
const char *vqa_kind_name (vqa_kind kind);
const char *vqa_kind_title (vqa_kind kind);
/* The kind with this name; VQA_N_KINDS: none. */
vqa_kind vqa_kind_named (const char *name);

G_END_DECLS
