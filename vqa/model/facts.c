#include "vqa/model/facts.h"

#include "nets/core/safetensors.h"
#include "vqa/data/kinds.h"
#include "vqa/data/made.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#define MAX_DEPTH 8   /* of the JSON; six are used */
#define MOST      500 /* rows of one list */
#define MAX_NAME  60  /* bytes */

static const struct
{
  const char *name, *title;
} sources[] = {
  { "human", "People's questions" },
  { "yes_no", "People's questions of yes or no" },
  { "number", "People's questions for a number" },
  { "other", "People's other questions" },
  { "existence", "Whether something is there, by class lists" },
  { "topics", "What animal, sport, room ..., by class lists" },
  { "checks", "Is this a kitchen, is it cold ...?, by class lists" },
  { VQA_MADE_CLASSES, "Made from class lists" },
  { VQA_MADE_CAPTIONS, "Made from captions" },
  { VQA_MADE_BOXES, "Made from boxes" },
  { VQA_MADE_DETECTIONS, "Made from boxes that a detector found" },
  { VQA_MADE_FOLDERS, "Made from folders of pictures" },
  { VQA_MADE_SCENES, "Generated scenes" },
  { "daquar", "DAQUAR: people's questions about rooms" },
  { "easyvqa", "easy-VQA" },
};

static const char *
source_title (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    if (strcmp (sources[i].name, name) == 0)
      return sources[i].title;
  return name;
}

static const char *
kind_title (const char *name)
{
  vqa_kind k = vqa_kind_named (name);
  return k < VQA_N_KINDS ? vqa_kind_title (k) : name;
}

static void
fact_free (gpointer data)
{
  vqa_fact *f = data;
  g_free (f->name);
  g_free (f->title);
  g_free (f);
}

/* ---- reading ------------------------------------------------------------------------------- */

/* A number from 0 to `most`; NAN when there is none. */
static double
number (JsonObject *row, const char *name, double most)
{
  JsonNode *node = json_object_get_member (row, name);
  double value;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || (json_node_get_value_type (node) != G_TYPE_INT64
          && json_node_get_value_type (node) != G_TYPE_DOUBLE))
    return NAN;
  value = json_node_get_double (node);
  return value >= 0 && value <= most ? value : NAN;
}

static JsonObject *
object_in (JsonObject *row, const char *name)
{
  JsonNode *node = row != NULL ? json_object_get_member (row, name) : NULL;
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* Adds a row with questions to a list, and returns it; NULL when it is none. */
static vqa_fact *
add (GPtrArray *list, JsonObject *row, const char *name, const char *title, int level)
{
  double questions = row != NULL ? number (row, "questions", G_MAXINT) : 0;
  double accuracy = row != NULL ? number (row, "accuracy", 100) : NAN;
  double blind = row != NULL ? number (row, "blind", 100) : NAN;
  vqa_fact *f;

  if (!(questions >= 1) || isnan (accuracy) || isnan (blind) || list->len >= MOST || *name == '\0'
      || strlen (name) > MAX_NAME || !g_utf8_validate (name, -1, NULL))
    return NULL;
  f = g_new0 (vqa_fact, 1);
  f->name = g_strdup (name);
  f->title = g_strdup (title);
  f->level = level;
  f->questions = (guint)questions;
  f->accuracy = accuracy;
  f->blind = blind;
  f->always_yes = number (row, "always_yes", 100);
  f->calibration_error = number (row, "calibration_error", 100);
  g_ptr_array_add (list, f);
  return f;
}

static void
add_within (GPtrArray *list, JsonObject *row, const char *group, int level)
{
  JsonObject *rows = object_in (row, group);
  g_autoptr (GList) names = rows != NULL ? json_object_get_members (rows) : NULL;
  for (GList *at = names; at != NULL; at = at->next)
    add (list, object_in (rows, at->data), at->data,
         strcmp (group, "kinds") == 0 ? kind_title (at->data) : at->data, level);
}

static void
add_sources (vqa_facts *f, JsonObject *rows)
{
  g_autoptr (GList) names = json_object_get_members (rows);
  for (GList *at = names; at != NULL; at = at->next)
    {
      JsonObject *row = object_in (rows, at->data);
      if (add (f->sources, row, at->data, source_title (at->data), 0) == NULL)
        continue;
      add_within (f->sources, row, "parts", 1);
      add_within (f->sources, row, "kinds", 2);
    }
}

static void
add_kinds (vqa_facts *f, JsonObject *rows)
{
  g_autoptr (GList) names = json_object_get_members (rows);
  for (GList *at = names; at != NULL; at = at->next)
    {
      JsonObject *row = object_in (rows, at->data), *people = object_in (row, "people");
      gboolean enough = people != NULL && number (people, "questions", G_MAXINT) >= VQA_FACT_PEOPLE;
      vqa_fact *fact = add (f->kinds, enough ? people : row, at->data, kind_title (at->data), 0);
      if (fact != NULL)
        fact->people = enough;
    }
}

/* As it was before sources and kinds were told apart. */
static void
add_older (vqa_facts *f, JsonObject *scores)
{
  static const char *const names[] = { "yes_no", "number", "other", "existence", "captions" };
  static const vqa_kind kinds[] = { VQA_KIND_EXISTENCE, VQA_KIND_YES_NO };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      vqa_fact *fact = add (f->sources, object_in (scores, names[i]), names[i],
                            source_title (names[i]), i < 3 ? 1 : 0);
      if (fact != NULL && i == 0)
        fact->always_yes = number (scores, "always_yes", 100);
    }
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const char *name = vqa_kind_name (kinds[i]);
      vqa_fact *fact = add (f->kinds, object_in (scores, name), name, vqa_kind_title (kinds[i]), 0);
      if (fact != NULL)
        fact->people = kinds[i] == VQA_KIND_YES_NO;
    }
}

/* Nobody asked these. */
static gboolean
scenes_alone (JsonObject *all)
{
  JsonObject *rows = object_in (all, "sources");
  return rows != NULL && json_object_get_size (rows) == 1
         && json_object_has_member (rows, VQA_MADE_SCENES);
}

vqa_facts *
vqa_facts_read (const char *scores)
{
  vqa_facts *f = g_new0 (vqa_facts, 1);
  gboolean sound = scores != NULL && nn_json_check (scores, strlen (scores), MAX_DEPTH, NULL);
  g_autoptr (JsonNode) root = sound ? json_from_string (scores, NULL) : NULL;
  JsonObject *all
      = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  vqa_fact *human;

  f->sources = g_ptr_array_new_with_free_func (fact_free);
  f->kinds = g_ptr_array_new_with_free_func (fact_free);
  if (all == NULL)
    return f;
  human = add (f->sources, object_in (all, "human"), "human",
               scenes_alone (all) ? "All questions" : source_title ("human"), 0);
  if (human != NULL)
    human->calibration_error = number (all, "calibration_error", 100);
  if (object_in (all, "sources") == NULL && object_in (all, "kinds") == NULL)
    add_older (f, all);
  if (object_in (all, "sources") != NULL)
    add_sources (f, object_in (all, "sources"));
  if (object_in (all, "kinds") != NULL)
    add_kinds (f, object_in (all, "kinds"));
  return f;
}

void
vqa_facts_free (vqa_facts *f)
{
  if (f == NULL)
    return;
  g_ptr_array_unref (f->sources);
  g_ptr_array_unref (f->kinds);
  g_free (f);
}

/* ---- judging --------------------------------------------------------------------------------- */

#define GOOD_ACCURACY  60
#define GOOD_GAIN      10
#define GOOD_QUESTIONS 30

gboolean
vqa_fact_is_good (const vqa_fact *f)
{
  return f->questions >= GOOD_QUESTIONS && f->accuracy >= GOOD_ACCURACY
         && f->accuracy - f->blind >= GOOD_GAIN;
}

char *
vqa_fact_sentence (const vqa_fact *f)
{
  return g_strdup_printf ("%.0f of 100 right, %.0f without looking", f->accuracy, f->blind);
}
