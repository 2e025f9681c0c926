/* Maps of every kind, words, modulation: on a small network with random weights, and on one made by
 * hand whose answer rests on the picture's upper left corner. */
#include "tests/vqa/corner.h"
#include "tests/vqa/draw.h"
#include "tests/vqa/tiny.h"
#include "vqa/model/explain.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define QUESTION "is there a dog in the picture?"

static char *folder;
static vqa_model *model, *corner;
static guint8 square[64 * 64 * 3], lit[CORNER_SIDE * CORNER_SIDE * 3];

static vqa_model *
load (const char *name)
{
  g_autoptr (GError) error = NULL;
  vqa_model *m = vqa_model_load (name, &error);
  cr_assert_not_null (m, "%s", error != NULL ? error->message : "");
  return m;
}

/* As tiny_model(), with a fine map and three blocks; with and without parts. */
static void
write_fine (const char *path, gboolean film, gboolean attention)
{
  g_autoptr (vqa_contents) c = tiny_contents ();
  g_autoptr (GError) error = NULL;
  c->temperature = 40; /* what is far from sure shows every change */
  c->spec.fine = 8;
  c->spec.blocks = 3;
  c->spec.film = film;
  c->spec.attention = attention;
  vqa_graphs *g = tiny_graphs (c);
  cr_assert (vqa_model_write (c, g, path, &error), "%s", error != NULL ? error->message : "");
  vqa_graphs_free (g);
}

static void
set_up (void)
{
  g_autofree guint8 *scene = draw_scene (64, 64);
  g_autofree char *tiny = NULL, *made = NULL;

  folder = draw_folder ();
  tiny = tiny_path (folder, "tiny.safetensors");
  made = tiny_path (folder, "corner.safetensors");
  write_fine (tiny, TRUE, TRUE);
  corner_model (made);
  model = load (tiny);
  corner = load (made);
  memcpy (square, scene, sizeof square);
  corner_picture (lit, 0, 0, 8);
}

static void
tear_down (void)
{
  vqa_model_free (model);
  vqa_model_free (corner);
  draw_remove (folder);
  g_free (folder);
}

TestSuite (explain, .init = set_up, .fini = tear_down);

static vqa_map *
make (vqa_model *m, const guint8 *picture, const vqa_map_options *options)
{
  g_autoptr (GError) error = NULL;
  vqa_map *map = vqa_model_map (m, picture, NULL, QUESTION, options, NULL, &error);
  cr_assert_not_null (map, "%s", error != NULL ? error->message : "");
  return map;
}

static double
probability (vqa_model *m, const guint8 *picture, const char *question, const char *answer)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (vqa_reply) r = vqa_model_ask (m, picture, NULL, question, 100, &error);
  cr_assert_not_null (r, "%s", error != NULL ? error->message : "");
  for (guint i = 0; i < r->n_answers; i++)
    if (strcmp (r->answers[i].answer, answer) == 0)
      return r->answers[i].probability;
  cr_assert (FALSE, "no answer %s", answer);
  return NAN;
}

static double
sum (const vqa_evidence *e)
{
  double total = 0;
  for (int i = 0; i < e->width * e->height; i++)
    total += e->cells[i];
  return total;
}

/* ---- every kind --------------------------------------------------------------------------- */

Test (explain, kinds_have_names)
{
  vqa_map_kind kind;
  for (int i = 0; i < VQA_N_MAP_KINDS; i++)
    {
      const vqa_map_about *about = vqa_map_kind_about (i);
      cr_assert (vqa_map_kind_parse (about->name, &kind) && (int)kind == i);
      cr_assert (about->title && about->meaning && about->unit && about->source);
    }
  cr_assert_not (vqa_map_kind_parse ("saliency", &kind));
}

Test (explain, shown_is_the_positive_part)
{
  for (int i = 0; i < VQA_N_MAP_KINDS; i++)
    {
      vqa_map_options options = VQA_MAP_OPTIONS_INIT;
      options.kind = i;
      g_autoptr (vqa_map) map = make (model, square, &options);
      const vqa_evidence *v = &map->values, *s = &map->shown;
      float largest = 0;
      cr_assert (map->kind == options.kind && v->width == s->width && v->height == s->height);
      for (int k = 0; k < v->width * v->height; k++)
        largest = fmaxf (largest, v->cells[k]);
      for (int k = 0; k < v->width * v->height; k++)
        {
          float wanted = largest > 0 ? fmaxf (v->cells[k], 0) / largest : 0;
          cr_assert (fabsf (s->cells[k] - wanted) < 1e-6f, "kind %d, cell %d", i, k);
        }
    }
}

/* The evidence and the peaks lie on the map of 8x8 cells, occlusion on its grid. */
Test (explain, all_but_attention_find_the_corner)
{
  static const vqa_map_kind kinds[] = { VQA_MAP_EVIDENCE, VQA_MAP_OCCLUSION, VQA_MAP_PEAKS };
  corner_picture (lit, 0, 0, 4);
  cr_assert_gt (probability (corner, lit, QUESTION, "yes"), 0.9);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      vqa_map_options options = VQA_MAP_OPTIONS_INIT;
      options.kind = kinds[i];
      options.grid = 8;
      g_autoptr (vqa_map) map = make (corner, lit, &options);
      const char *name = vqa_map_kind_about (kinds[i])->name;
      cr_assert (map->values.width == 8 && map->values.height == 8);
      cr_assert_str_eq (map->answer, "yes");
      cr_assert_eq (map->shown.cells[0], 1, "%s", name);
      for (int k = 0; k < 64; k++)
        cr_assert ((k % 8 < 3 && k / 8 < 3) || map->shown.cells[k] < 0.01f, "%s: cell %d: %f", name,
                   k, map->shown.cells[k]);
    }
}

/* What a map is about can be another answer, and what speaks for the one speaks against the other.
 */
Test (explain, another_answer)
{
  vqa_map_options options = VQA_MAP_OPTIONS_INIT;
  corner_picture (lit, 0, 0, 4);
  options.kind = VQA_MAP_OCCLUSION;
  options.answer = "no";
  g_autoptr (vqa_map) map = make (corner, lit, &options);
  cr_assert_str_eq (map->answer, "no");
  cr_assert_lt (map->values.cells[0], -0.4);
}

/* ---- occlusion ------------------------------------------------------------------------------ */

/* One running mean over 2 r + 1 pixels along both sides; the border's pixel goes on beyond it. */
static void
blur (const guint8 *from, guint8 *to, int r)
{
  g_autofree guint8 *rows = g_malloc (64 * 64 * 3);
  for (int i = 0; i < 64 * 64 * 3; i++)
    {
      int x = i / 3 % 64, sum_of = 0;
      for (int k = x - r; k <= x + r; k++)
        sum_of += from[i + 3 * (CLAMP (k, 0, 63) - x)];
      rows[i] = (guint8)((sum_of + r) / (2 * r + 1));
    }
  for (int i = 0; i < 64 * 64 * 3; i++)
    {
      int y = i / 3 / 64, sum_of = 0;
      for (int k = y - r; k <= y + r; k++)
        sum_of += rows[i + 3 * 64 * (CLAMP (k, 0, 63) - y)];
      to[i] = (guint8)((sum_of + r) / (2 * r + 1));
    }
}

/* What "red" loses when the cells from (left,top) to before (right,bottom) of three are blurred. */
static double
drop_without (const guint8 *soft, int left, int top, int right, int bottom)
{
  g_autofree guint8 *covered = g_memdup2 (square, sizeof square);
  for (int i = 0; i < 64 * 64; i++)
    if (i % 64 >= left * 64 / 3 && i % 64 < right * 64 / 3 && i / 64 >= top * 64 / 3
        && i / 64 < bottom * 64 / 3)
      memcpy (covered + 3 * i, soft + 3 * i, 3);
  return probability (model, square, QUESTION, "red")
         - probability (model, covered, QUESTION, "red");
}

Test (explain, occlusion_is_what_asking_says)
{
  vqa_map_options options = VQA_MAP_OPTIONS_INIT;
  guint8 a[sizeof square], soft[sizeof square];
  double seen = 0;
  options.kind = VQA_MAP_OCCLUSION;
  options.grid = 3; /* does not divide 64 */
  options.answer = "red";
  g_autoptr (vqa_map) map = make (model, square, &options);
  cr_assert (map->values.width == 3 && map->values.height == 3);
  blur (square, soft, 4);
  blur (soft, a, 4);
  blur (a, soft, 4);
  for (int cell = 0; cell < 9; cell++)
    {
      int x = cell % 3, y = cell / 3;
      double drop = drop_without (soft, x, y, x + 1, y + 1) / 2;
      for (int k = 0; k < 4; k++)
        drop += drop_without (soft, MAX (x - k % 2, 0), MAX (y - k / 2, 0), MIN (x + 2 - k % 2, 3),
                              MIN (y + 2 - k / 2, 3))
                / 8;
      cr_assert (fabs (map->values.cells[cell] - drop) < 1e-4, "cell %d: %g instead of %g", cell,
                 map->values.cells[cell], drop);
      seen = fmax (seen, fabs (drop));
    }
  cr_assert_gt (seen, 1e-3);
}

Test (explain, occlusion_can_be_cancelled)
{
  vqa_map_options options = VQA_MAP_OPTIONS_INIT;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  options.kind = VQA_MAP_OCCLUSION;
  g_cancellable_cancel (cancellable);
  cr_assert_null (vqa_model_map (model, square, NULL, QUESTION, &options, cancellable, &error));
  cr_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
  /* And it works again afterwards. */
  g_autoptr (vqa_map) map = make (model, square, &options);
  cr_assert_eq (map->values.width, 6);
}

/* ---- attention ------------------------------------------------------------------------------ */

static vqa_map *
attention (int block, int head, double x, double y, gboolean to)
{
  vqa_map_options options
      = { .kind = VQA_MAP_ATTENTION, .block = block, .head = head, .x = x, .y = y, .to = to };
  return make (model, square, &options);
}

Test (explain, attention_of_a_place_sums_to_one)
{
  cr_assert_eq (vqa_model_attention_places (model), 3);
  cr_assert_eq (vqa_model_attention_heads (model), 2);
  for (int block = -1; block < 3; block++)
    for (int head = -1; head < 2; head++)
      {
        g_autoptr (vqa_map) all = attention (block, head, -1, -1, FALSE);
        g_autoptr (vqa_map) place = attention (block, head, 0.9, 0.1, FALSE);
        int side = block < 1 ? 4 : 2; /* the fine map, or the finest of all */
        cr_assert (all->values.width == side && place->values.height == side);
        cr_assert (fabs (sum (&all->values) - 1) < 1e-4, "block %d, head %d", block, head);
        cr_assert (fabs (sum (&place->values) - 1) < 1e-4, "block %d, head %d", block, head);
      }
}

/* Of the fine map, which has four cells on a side: cell x,y has its middle at these shares. */
static vqa_map *
fine_attention (int head, int cell, gboolean to)
{
  return attention (0, head, cell % 4 * 0.25 + 0.1, cell / 4 * 0.25 + 0.2, to);
}

Test (explain, attention_to_and_from_are_one_matrix)
{
  static const int cells[] = { 0, 6, 15 };
  double heads = 0, columns = 0;
  for (int i = 0; i < 9; i++)
    {
      int from = cells[i % 3], to = cells[i / 3];
      g_autoptr (vqa_map) row = fine_attention (1, from, FALSE);
      g_autoptr (vqa_map) column = fine_attention (1, to, TRUE);
      g_autoptr (vqa_map) other = fine_attention (0, from, FALSE);
      g_autoptr (vqa_map) both = fine_attention (-1, from, FALSE);
      float a = row->values.cells[to], b = other->values.cells[to];
      cr_assert_eq (a, column->values.cells[from]);
      cr_assert (fabsf (both->values.cells[to] - (a + b) / 2) < 1e-6f);
      heads += fabsf (a - b);
      columns += fabsf (a - column->values.cells[to]);
    }
  cr_assert (heads > 1e-4 && columns > 1e-4, "nothing was told apart: %g %g", heads, columns);
}

Test (explain, what_a_model_has_not)
{
  vqa_map_options wrong[6];
  for (int i = 0; i < 6; i++)
    {
      wrong[i] = (vqa_map_options)VQA_MAP_OPTIONS_INIT;
      wrong[i].kind = i < 4 ? VQA_MAP_ATTENTION : VQA_MAP_OCCLUSION;
    }
  wrong[0].block = 3;
  wrong[1].head = 2;
  wrong[2].x = wrong[2].y = 1;
  wrong[3].x = NAN;
  wrong[4].grid = 65;
  wrong[5].answer = "a dodo";
  for (int i = 0; i < 6; i++)
    {
      g_autoptr (GError) error = NULL;
      cr_assert_null (vqa_model_map (model, square, NULL, QUESTION, &wrong[i], NULL, &error));
      cr_assert (g_error_matches (error, VQA_ERROR, VQA_ERROR_MODEL), "%d", i);
    }
}

/* Networks without FiLM or self-attention, trained to compare, are explained as far as it goes. */
Test (explain, parts_left_out)
{
  for (int parts = 0; parts < 3; parts++)
    {
      gboolean film = parts == 1, attention = parts == 2;
      g_autofree char *path = tiny_path (folder, "less.safetensors");
      write_fine (path, film, attention);
      g_autoptr (vqa_model) less = load (path);
      vqa_map_options options = VQA_MAP_OPTIONS_INIT;
      g_autoptr (GError) error = NULL;
      g_autoptr (vqa_map) evidence = make (less, square, &options);
      g_autoptr (vqa_modulation) mod = vqa_model_modulation (less, QUESTION, &error);

      cr_assert_not_null (mod);
      for (guint i = 0; i < mod->n; i++)
        {
          gboolean last = i == mod->n - 1; /* the answer has FiLM always, attention never */
          cr_expect_eq (mod->places[i].gain != NULL, film || last);
          cr_expect_eq (mod->places[i].gate != NULL, attention && i < mod->n - 2);
        }
      cr_expect_eq (vqa_model_attention_places (less), attention ? 3 : 0);
      if (attention)
        continue;
      options.kind = VQA_MAP_ATTENTION;
      cr_assert_null (vqa_model_map (less, square, NULL, QUESTION, &options, NULL, &error));
      cr_expect (g_error_matches (error, VQA_ERROR, VQA_ERROR_MODEL));
    }
}

/* ---- words ---------------------------------------------------------------------------------- */

Test (explain, a_word_weighs_what_asking_without_it_says)
{
  static const char *const without[]
      = { "there a dog in the picture", "is a dog in the picture", "is there dog in the picture",
          "is there a in the picture" };
  g_autoptr (vqa_word_weights) w
      = vqa_model_words (model, square, NULL, "is there a dog IN the big picture?", "red", NULL);
  double whole = probability (model, square, QUESTION, "red"), most = 0;
  cr_assert_eq (w->n, 8);
  cr_assert_str_eq (w->answer, "red");
  cr_assert (fabs (w->probability - whole) < 1e-5);
  for (guint i = 0; i < 4; i++)
    {
      double drop = whole - probability (model, square, without[i], "red");
      cr_assert (w->words[i].known && fabs (w->words[i].drop - drop) < 1e-5, "%s: %g, not %g",
                 w->words[i].word, w->words[i].drop, drop);
      most = fmax (most, fabs (drop));
    }
  cr_assert_gt (most, 1e-3);
  cr_assert_str_eq (w->words[4].word, "in");
  cr_assert_str_eq (w->words[6].word, "big");
  cr_assert (!w->words[6].known && w->words[6].drop == 0);
}

Test (explain, a_map_without_words)
{
  vqa_map_options options = VQA_MAP_OPTIONS_INIT;
  g_autoptr (vqa_map) whole = make (model, square, &options);
  options.answer = whole->answer;
  options.without = 1 << 3;
  g_autoptr (vqa_map) left = make (model, square, &options);
  options.without = 0;
  g_autoptr (vqa_map) direct
      = vqa_model_map (model, square, NULL, "is there a in the picture", &options, NULL, NULL);
  int cells = whole->values.width * whole->values.height;
  cr_assert_neq (memcmp (left->values.cells, whole->values.cells, cells * sizeof (float)), 0);
  cr_assert_eq (memcmp (left->values.cells, direct->values.cells, cells * sizeof (float)), 0);
}

Test (explain, what_words_change_is_the_difference_of_two_maps)
{
  vqa_map_options options = VQA_MAP_OPTIONS_INIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) stop = g_cancellable_new ();
  g_autoptr (vqa_map) whole = make (model, square, &options), less = NULL, change = NULL;
  float strongest = 0, least = 1, most = -1;

  options.answer = whole->answer;
  options.without = 1 << 3 | 1 << 1;
  less = make (model, square, &options);
  change = vqa_model_word_change (model, square, NULL, QUESTION, &options, NULL, NULL);
  cr_assert (change && change->values.width == whole->values.width);
  cr_assert_str_eq (change->answer, whole->answer);
  for (int i = 0; i < whole->values.width * whole->values.height; i++)
    {
      float a = whole->values.cells[i], b = less->values.cells[i];
      cr_assert_eq (change->values.cells[i], a - b);
      strongest = fmaxf (strongest, fmaxf (fabsf (a), fabsf (b)) / 4);
      strongest = fmaxf (strongest, fabsf (a - b));
    }
  for (int i = 0; i < whole->values.width * whole->values.height; i++)
    {
      float v = change->values.cells[i], shown = change->shown.cells[i];
      cr_assert (fabsf (shown - v / strongest) < 1e-5);
      least = fminf (least, shown);
      most = fmaxf (most, shown);
    }
  cr_assert (least >= -1 && most <= 1 && (least < -0.1 || most > 0.1), "%g to %g", least, most);

  g_cancellable_cancel (stop);
  cr_assert_null (vqa_model_word_change (model, square, NULL, QUESTION, &options, stop, &error));
  cr_assert (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED));
}

/* ---- modulation ----------------------------------------------------------------------------- */

Test (explain, modulation_of_the_model_made_by_hand)
{
  g_autoptr (vqa_modulation) mod = vqa_model_modulation (corner, "is it bright?", NULL);
  int best;
  cr_assert (mod->n == 3 && vqa_model_places (corner) == 3);
  cr_assert_str_eq (mod->places[0].name, "block1");
  cr_assert_str_eq (mod->places[2].name, "answer");
  cr_assert (mod->places[0].channels == 8 && mod->places[2].channels == 4);
  for (int c = 0; c < 8; c++)
    {
      cr_assert_eq (mod->places[0].gain[c], c == 3 ? 0.5f : 0);
      cr_assert_eq (mod->places[0].shift[c], c == 1 ? -0.75f : 0);
      cr_assert (fabs (mod->places[0].gate[c] - (c == 2 ? tanh (0.25) : 0)) < 1e-6);
    }
  cr_assert (mod->places[1].gate == NULL && mod->places[2].gate == NULL);
  vqa_modulation_strongest (mod->places[0].shift, 8, 1, &best);
  cr_assert_eq (best, 1);
}

Test (explain, strongest_are_sorted)
{
  const float values[] = { 0.1f, -3, 0, 2, -2 };
  int best[5];
  vqa_modulation_strongest (values, 5, 5, best);
  cr_assert_arr_eq (best, ((int[]){ 1, 3, 4, 0, 2 }), sizeof best);
}

Test (explain, modulation_depends_on_the_question)
{
  g_autoptr (vqa_modulation) a = vqa_model_modulation (model, "is there a dog", NULL);
  g_autoptr (vqa_modulation) b = vqa_model_modulation (model, "what colour is it", NULL);
  cr_assert (a->n == 5 && strcmp (a->places[0].name, "fine") == 0);
  for (guint i = 0; i < a->n; i++)
    {
      size_t bytes = a->places[i].channels * sizeof (float);
      cr_assert_neq (memcmp (a->places[i].gain, b->places[i].gain, bytes), 0);
      cr_assert ((a->places[i].gate != NULL) == (i < 3));
      cr_assert (i >= 3 || memcmp (a->places[i].gate, b->places[i].gate, bytes) != 0);
    }
}

static double
distance (const vqa_reply *a, const vqa_reply *b)
{
  double most = 0;
  for (guint i = 0; i < a->n_answers; i++)
    for (guint k = 0; k < b->n_answers; k++)
      if (strcmp (a->answers[i].answer, b->answers[k].answer) == 0)
        most = fmax (most, fabs (a->answers[i].probability - b->answers[k].probability));
  return most;
}

Test (explain, another_questions_modulation)
{
  const char *other = "what colour is it";
  g_autoptr (vqa_reply) one = vqa_model_ask (model, square, NULL, QUESTION, 7, NULL);
  g_autoptr (vqa_reply) two = vqa_model_ask (model, square, NULL, other, 7, NULL);
  g_autoptr (vqa_reply) none
      = vqa_model_ask_swapped (model, square, NULL, QUESTION, other, 0, 7, NULL);
  g_autoptr (vqa_reply) all
      = vqa_model_ask_swapped (model, square, NULL, QUESTION, other, G_MAXUINT, 7, NULL);
  g_autoptr (GError) error = NULL;
  cr_assert_gt (distance (one, two), 1e-2);
  cr_assert_lt (distance (one, none), 1e-5);
  cr_assert_lt (distance (two, all), 1e-5);
  for (guint place = 0; place < 5; place++)
    {
      g_autoptr (vqa_reply) some
          = vqa_model_ask_swapped (model, square, NULL, QUESTION, other, 1 << place, 7, NULL);
      cr_assert (distance (one, some) > 1e-6 && distance (two, some) > 1e-6, "place %u", place);
    }
  cr_assert_null (vqa_model_ask_swapped (model, square, NULL, QUESTION, " ", 1, 7, &error));
  cr_assert (g_error_matches (error, VQA_ERROR, VQA_ERROR_QUESTION));
}

/* The lab is the network: what is silenced is silenced there too. */
Test (explain, follows_ablation)
{
  vqa_model_ablate (model, VQA_ABLATE_MODULATION);
  g_autoptr (vqa_reply) one = vqa_model_ask (model, square, NULL, QUESTION, 7, NULL);
  g_autoptr (vqa_reply) lab
      = vqa_model_ask_swapped (model, square, NULL, "what is it", "a dog", 1, 7, NULL);
  cr_assert_lt (distance (one, lab), 1e-5);
}
