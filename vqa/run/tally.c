#include "vqa/run/tally.h"

#include "vqa/data/kinds.h"

#include <math.h>
#include <string.h>

/* ---- one sum ----------------------------------------------------------------------------- */

void
vqa_tally_add (vqa_tally *t, const vqa_outcome *o)
{
  int bin = CLAMP ((int)(o->sure * VQA_BINS), 0, VQA_BINS - 1);

  t->n++;
  t->right += o->right;
  t->blind += o->blind;
  if (!isnan (o->yes))
    {
      t->yes_no++;
      t->always_yes += o->yes;
    }
  t->sure[bin] += o->sure;
  t->hit[bin] += o->right;
}

double
vqa_tally_accuracy (const vqa_tally *t)
{
  return t->n > 0 ? 100 * t->right / t->n : NAN;
}

double
vqa_tally_blind (const vqa_tally *t)
{
  return t->n > 0 ? 100 * t->blind / t->n : NAN;
}

double
vqa_tally_always_yes (const vqa_tally *t)
{
  return t->n > 0 && t->yes_no == t->n ? 100 * t->always_yes / t->n : NAN;
}

double
vqa_tally_calibration (const vqa_tally *t)
{
  double sum = 0;
  for (int i = 0; i < VQA_BINS; i++)
    sum += fabs (t->sure[i] - t->hit[i]);
  return t->n > 0 ? 100 * sum / t->n : NAN;
}

/* ---- tables ------------------------------------------------------------------------------ */

static void
row_free (gpointer data)
{
  vqa_row *row = data;
  g_free (row->source);
  g_free (row->name);
  g_free (row);
}

vqa_report *
vqa_report_new (void)
{
  vqa_report *r = g_new0 (vqa_report, 1);
  for (int t = 0; t < VQA_N_TABLES; t++)
    r->rows[t] = g_ptr_array_new_with_free_func (row_free);
  return r;
}

void
vqa_report_free (vqa_report *r)
{
  for (int t = 0; r != NULL && t < VQA_N_TABLES; t++)
    g_ptr_array_unref (r->rows[t]);
  g_free (r);
}

static vqa_row *
find (const GPtrArray *rows, const char *source, const char *name)
{
  for (guint i = 0; i < rows->len; i++)
    {
      vqa_row *row = rows->pdata[i];
      if (strcmp (row->name, name) == 0 && g_strcmp0 (row->source, source) == 0)
        return row;
    }
  return NULL;
}

const vqa_row *
vqa_report_find (const vqa_report *r, vqa_table table, const char *source, const char *name)
{
  return find (r->rows[table], source, name);
}

/* Kinds that people know come in their order, a set's own after them by name. */
static int
by_kind (gconstpointer a, gconstpointer b)
{
  const vqa_row *x = *(vqa_row *const *)a, *y = *(vqa_row *const *)b;
  vqa_kind k = vqa_kind_named (x->name), l = vqa_kind_named (y->name);
  return k != l ? (k < l ? -1 : 1) : strcmp (x->name, y->name);
}

static void
add (vqa_report *r, vqa_table table, const char *source, const char *name, const vqa_outcome *o)
{
  vqa_row *row = find (r->rows[table], source, name);
  if (row == NULL)
    {
      row = g_new0 (vqa_row, 1);
      row->source = g_strdup (source);
      row->name = g_strdup (name);
      g_ptr_array_add (r->rows[table], row);
      if (table >= VQA_BY_SOURCE_KIND)
        g_ptr_array_sort (r->rows[table], by_kind);
    }
  vqa_tally_add (&row->tally, o);
}

void
vqa_report_add_part (vqa_report *r, const vqa_outcome *o)
{
  add (r, VQA_BY_PART, o->source, o->part, o);
}

void
vqa_report_add (vqa_report *r, const vqa_outcome *o)
{
  if (o->source != NULL)
    {
      add (r, VQA_BY_SOURCE, NULL, o->source, o);
      add (r, VQA_BY_SOURCE_KIND, o->source, o->kind, o);
      if (o->part != NULL)
        vqa_report_add_part (r, o);
    }
  add (r, VQA_BY_KIND, NULL, o->kind, o);
  if (o->people)
    add (r, VQA_BY_PEOPLE_KIND, NULL, o->kind, o);
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void
append_percent (GString *text, const char *name, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  if (!isnan (value))
    g_string_append_printf (text, ",\"%s\":%s", name,
                            g_ascii_formatd (number, sizeof number, "%.1f", value));
}

/* A name as it may stand in JSON: without what would need an escape. */
static void
append_name (GString *text, const char *name)
{
  g_string_append_c (text, '"');
  for (; *name != '\0'; name++)
    g_string_append_c (text, *name == '"' || *name == '\\' || (guchar)*name < 32 ? ' ' : *name);
  g_string_append (text, "\":");
}

/* Opens the row's object; the caller closes it. */
static void
append_row (GString *text, const vqa_row *row, gboolean whole)
{
  if (text->len > 0 && text->str[text->len - 1] == '}')
    g_string_append_c (text, ',');
  append_name (text, row->name);
  g_string_append_printf (text, "{\"questions\":%u", row->tally.n);
  append_percent (text, "accuracy", vqa_tally_accuracy (&row->tally));
  append_percent (text, "blind", vqa_tally_blind (&row->tally));
  if (!whole)
    return;
  append_percent (text, "always_yes", vqa_tally_always_yes (&row->tally));
  append_percent (text, "calibration_error", vqa_tally_calibration (&row->tally));
}

/* Member `name`: the rows of a table that are within a source, when there are as many as `least`;
 * not whole: their accuracies alone. */
static void
append_within (GString *text, const char *name, const GPtrArray *rows, const char *source,
               guint least, gboolean whole)
{
  guint n = 0;
  for (guint i = 0; i < rows->len; i++)
    n += strcmp (((vqa_row *)rows->pdata[i])->source, source) == 0;
  if (n < least)
    return;
  g_string_append_printf (text, ",\"%s\":{", name);
  for (guint i = 0; i < rows->len; i++)
    if (strcmp (((vqa_row *)rows->pdata[i])->source, source) == 0)
      {
        append_row (text, rows->pdata[i], whole);
        g_string_append_c (text, '}');
      }
  g_string_append_c (text, '}');
}

char *
vqa_report_json (const vqa_report *r)
{
  GString *text = g_string_new ("\"sources\":{");
  const GPtrArray *sources = r->rows[VQA_BY_SOURCE], *kinds = r->rows[VQA_BY_KIND];

  for (guint i = 0; i < sources->len; i++)
    {
      const vqa_row *row = sources->pdata[i];
      append_row (text, row, TRUE);
      append_within (text, "parts", r->rows[VQA_BY_PART], row->name, 1, TRUE);
      append_within (text, "kinds", r->rows[VQA_BY_SOURCE_KIND], row->name, 2, FALSE);
      g_string_append_c (text, '}');
    }
  g_string_append (text, "},\"kinds\":{");
  for (guint i = 0; i < kinds->len; i++)
    {
      const vqa_row *row = kinds->pdata[i];
      const vqa_row *people = find (r->rows[VQA_BY_PEOPLE_KIND], NULL, row->name);
      append_row (text, row, TRUE);
      if (people != NULL)
        {
          vqa_row named = *people;
          named.name = (char *)"people";
          g_string_append_c (text, ',');
          append_row (text, &named, TRUE);
          g_string_append_c (text, '}');
        }
      g_string_append_c (text, '}');
    }
  g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}
