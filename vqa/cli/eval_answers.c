/* The answers of regard-cli eval one by one: as the official layout wants them, and to be looked
 * at. */
#include "vqa/cli/eval.h"

#include "vqa/data/kinds.h"

#include <math.h>
#include <string.h>

gboolean
eval_write_predictions (const evaluation *e, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_array (json);
  for (guint i = 0; i < e->questions->len; i++)
    {
      const vqa_question *question = g_ptr_array_index (e->questions, i);
      json_builder_begin_object (json);
      cli_json_integer (json, "question_id", question->id);
      cli_json_text (json, "answer", e->answers[i]);
      json_builder_end_object (json);
    }
  json_builder_end_array (json);
  g_autofree char *line = cli_json_line (json);
  g_autofree char *text = g_strconcat (line, "\n", NULL);
  return cli_write_file (path, text, strlen (text), error);
}

/* ---- every question ------------------------------------------------------------------------ */

static const char columns[] = "question_id,image_id,picture,source,kind,question,known_answers,"
                              "answer,probability,accuracy,blind_answer,blind_probability,"
                              "blind_accuracy\n";

void
eval_answers_begin (evaluation *e, const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  e->csv = g_str_has_suffix (lower, ".csv");
  e->records = g_string_new (e->csv ? columns : "");
}

/* What annotators answered, each once, the commonest first. */
static GPtrArray *
known_answers (const vqa_question *q)
{
  GPtrArray *list = g_ptr_array_new ();
  guint n = g_strv_length (q->answers);

  for (guint most = n; most > 0; most--)
    for (guint i = 0; i < n; i++)
      {
        guint same = 0, before = 0;
        for (guint k = 0; k < n; k++)
          if (strcmp (q->answers[k], q->answers[i]) == 0)
            {
              same++;
              before += k < i;
            }
        if (same == most && before == 0)
          g_ptr_array_add (list, q->answers[i]);
      }
  return list;
}

/* One field, quoted where CSV needs it (RFC 4180). */
static void
add_field (GString *to, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  if (to->len > 0 && to->str[to->len - 1] != '\n')
    g_string_append_c (to, ',');
  if (strpbrk (valid, ",\"\r\n") == NULL)
    {
      g_string_append (to, valid);
      return;
    }
  g_string_append_c (to, '"');
  for (const char *at = valid; *at != '\0'; at++)
    {
      if (*at == '"')
        g_string_append_c (to, '"');
      g_string_append_c (to, *at);
    }
  g_string_append_c (to, '"');
}

static void
add_number (GString *to, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE] = "";
  if (isfinite (value))
    g_ascii_formatd (text, sizeof text, "%.4f", value);
  g_string_append_printf (to, ",%s", text);
}

static void
add_csv (GString *to, const vqa_question *q, const char *picture, const char *kind,
         const GPtrArray *known, const vqa_answer *answer, const vqa_answer *blind,
         const vqa_outcome *o)
{
  g_autoptr (GString) all = g_string_new (NULL);
  for (guint i = 0; i < known->len; i++)
    g_string_append_printf (all, "%s%s", i > 0 ? "; " : "", (const char *)known->pdata[i]);
  g_string_append_printf (to, "%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT, q->id, q->image_id);
  add_field (to, picture);
  add_field (to, q->source);
  add_field (to, kind);
  add_field (to, q->text);
  add_field (to, all->str);
  add_field (to, answer->answer);
  add_number (to, answer->probability);
  add_number (to, o != NULL ? o->right : NAN);
  add_field (to, blind->answer);
  add_number (to, blind->probability);
  add_number (to, o != NULL ? o->blind : NAN);
  g_string_append_c (to, '\n');
}

static void
add_json (GString *to, const vqa_question *q, const char *picture, const char *kind,
          const GPtrArray *known, const vqa_answer *answer, const vqa_answer *blind,
          const vqa_outcome *o)
{
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  cli_json_integer (json, "question_id", q->id);
  cli_json_integer (json, "image_id", q->image_id);
  cli_json_text (json, "picture", picture);
  cli_json_text (json, "source", q->source);
  cli_json_text (json, "kind", kind);
  cli_json_text (json, "question", q->text);
  json_builder_set_member_name (json, "known_answers");
  json_builder_begin_array (json);
  for (guint i = 0; i < known->len; i++)
    {
      g_autofree char *valid = g_utf8_make_valid (known->pdata[i], -1);
      json_builder_add_string_value (json, valid);
    }
  json_builder_end_array (json);
  cli_json_text (json, "answer", answer->answer);
  cli_json_number (json, "probability", answer->probability, 4);
  cli_json_number (json, "accuracy", o != NULL ? o->right : NAN, 4);
  cli_json_text (json, "blind_answer", blind->answer);
  cli_json_number (json, "blind_probability", blind->probability, 4);
  cli_json_number (json, "blind_accuracy", o != NULL ? o->blind : NAN, 4);
  json_builder_end_object (json);
  g_autofree char *line = cli_json_line (json);
  g_string_append (to, line);
  g_string_append_c (to, '\n');
}

void
eval_answers_add (evaluation *e, const vqa_question *q, const vqa_reply *reply,
                  const vqa_outcome *o)
{
  const char *picture = vqa_set_picture (e->set, q->image_id);
  const char *kind = q->kind != NULL ? q->kind : vqa_kind_name (vqa_question_kind (q->text));
  g_autoptr (GPtrArray) known = known_answers (q);

  if (reply != NULL && reply->n_answers > 0 && reply->n_blind > 0)
    (e->csv ? add_csv : add_json) (e->records, q, picture, kind, known, &reply->answers[0],
                                   &reply->blind[0], o);
}
