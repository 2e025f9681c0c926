/* Recipes as text: groups and keys of a GKeyFile, read by a table of rules into a struct. What the
 * keys mean is the business of each kind of recipe (recipe.h for answering models). */
#pragma once

#include "vqa/data/data.h"

G_BEGIN_DECLS

typedef enum
{
  VQA_RULE_TEXT,   /* char * */
  VQA_RULE_NAME,   /* char *, one that can name a folder */
  VQA_RULE_PATH,   /* char *, joined to the data root */
  VQA_RULE_PATHS,  /* char **, likewise */
  VQA_RULE_WHOLE,  /* int; the kinds from here on are numbers */
  VQA_RULE_REAL,   /* double */
  VQA_RULE_SEED,   /* guint64 */
  VQA_RULE_RATE,   /* float */
  VQA_RULE_CHOICE, /* int: position among `choices` */
  VQA_RULE_SET,    /* int: some of `choices`, a bit for each (vqa/data/choices.h) */
} vqa_rule_kind;

typedef enum
{
  VQA_RULE_REQUIRED = 1 << 0,
  VQA_RULE_ASIDE = 1 << 1, /* does not decide the weights: titles, intervals */
} vqa_rule_flags;

/* One key: where it goes and what it may be. */
typedef struct
{
  const char *group, *key;
  vqa_rule_kind kind;
  size_t offset; /* of the field in the struct that is filled */
  unsigned flags;
  double least, most, otherwise; /* of numbers; the value without the key may lie outside */
  const char *const *choices;    /* NULL-terminated */
} vqa_rule;

/* A recipe's text with settings applied. */
typedef struct
{
  char *path; /* for messages */
  char *root; /* relative paths begin here; NULL: the current folder */
  char **settings;
  GKeyFile *file;
} vqa_source;

/* Reads PATH, or takes `text` (not NULL) as what it holds. settings: "group.key=value" that
 * override it, NULL-terminated, may be NULL. VQA_ERROR_RECIPE when it cannot be read, is no text or
 * no key file, or a setting has another form. */
vqa_source *vqa_source_open (const char *path, const char *text, const char *root,
                             const char *const *settings, GError **error);
void vqa_source_free (vqa_source *s);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (vqa_source, vqa_source_free)

/* [recipe] kind, "answer" without one; the caller frees it. */
char *vqa_source_kind (const vqa_source *s);
/* Fills the struct `to`, zero before, by rules (n). Unknown groups and keys, wrong and missing
 * values: VQA_ERROR_RECIPE naming file, group and key; what was read so far is in `to`. */
gboolean vqa_source_read (const vqa_source *s, const vqa_rule *rules, guint n, gpointer to,
                          GError **error);
/* An error about one key: "PATH: [GROUP] KEY WHAT". Returns FALSE. */
gboolean vqa_source_fail (const vqa_source *s, const char *group, const char *key, const char *what,
                          GError **error);
/* The whole text, settings applied; the caller frees it. */
char *vqa_source_text (const vqa_source *s);
/* What decides the weights, in the order of the rules: the same for recipes that differ in title or
 * comments; the caller frees it. */
char *vqa_source_key (const vqa_source *s, const vqa_rule *rules, guint n);
/* Frees the texts and lists that vqa_source_read() made. */
void vqa_rules_clear (const vqa_rule *rules, guint n, gpointer from);

G_END_DECLS
