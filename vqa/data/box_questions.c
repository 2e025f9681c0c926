/* What boxes let us ask. */
#include "vqa/data/boxes.h"
#include "vqa/data/existence.h"
#include "vqa/data/random.h"

#include <math.h>
#include <string.h>

/* ---- colour ---------------------------------------------------------------------------------- */

enum
{
  RED,
  ORANGE,
  YELLOW,
  GREEN,
  BLUE,
  PURPLE,
  PINK,
  BROWN,
  BLACK,
  WHITE,
  GRAY,
  N_COLOURS
};
static const char *const colours[N_COLOURS]
    = { "red",  "orange", "yellow", "green", "blue", "purple",
        "pink", "brown",  "black",  "white", "gray" };

/* Basic colour term (Berlin & Kay 1969) of a pixel, by hue (degrees), saturation and value. People
 * call white what lies in the shade, too. */
static int
colour_of (const guint8 *p)
{
  double r = p[0] / 255.0, g = p[1] / 255.0, b = p[2] / 255.0;
  double most = MAX (r, MAX (g, b)), least = MIN (r, MIN (g, b)), span = most - least;
  double saturation = most > 0 ? span / most : 0, hue = 0;

  if (most < 0.2)
    return BLACK;
  if (saturation < 0.18)
    return most > 0.55 ? WHITE : most < 0.35 ? BLACK : GRAY;
  if (most == r)
    hue = 60 * fmod ((g - b) / span + 6, 6);
  else if (most == g)
    hue = 60 * ((b - r) / span + 2);
  else
    hue = 60 * ((r - g) / span + 4);
  if (hue < 15 || hue >= 345)
    return most > 0.75 && saturation < 0.5 ? PINK : most < 0.4 ? BROWN : RED;
  if (hue < 45)
    return most < 0.65 || saturation < 0.5 ? BROWN : ORANGE;
  if (hue < 70)
    return most < 0.45 ? BROWN : YELLOW;
  if (hue < 165)
    return GREEN;
  if (hue < 260)
    return BLUE;
  return hue < 300 ? PURPLE : PINK;
}

/* The share of the pixels that one colour must have. */
#define CLEAR 0.55

const char *
vqa_box_colour (const vqa_box *box, const guint8 *rgb, int side)
{
  /* The corners of a box belong to what is behind the thing. */
  int left = (int)((box->left + 0.25 * box->width) * side);
  int right = (int)((box->left + 0.75 * box->width) * side);
  int top = (int)((box->top + 0.25 * box->height) * side);
  int bottom = (int)((box->top + 0.75 * box->height) * side);
  guint counts[N_COLOURS] = { 0 }, all = 0, best = 0;

  for (int y = MAX (top, 0); y < MIN (bottom, side); y++)
    for (int x = MAX (left, 0); x < MIN (right, side); x++, all++)
      counts[colour_of (rgb + ((gsize)y * side + x) * 3)]++;
  for (guint c = 1; c < N_COLOURS; c++)
    if (counts[c] > counts[best])
      best = c;
  return all >= 36 && counts[best] >= CLEAR * all ? colours[best] : NULL;
}

/* ---- questions ------------------------------------------------------------------------------- */

/* A thing that stands alone in its class. */
typedef struct
{
  const vqa_box *box;
  double x, y; /* middle */
} single;

typedef struct
{
  const vqa_boxed *picture;
  vqa_maker maker;
  vqa_random random;
  GArray *singles; /* of single */
} asking;

/* Below this score a detector is wrong too often to build on. */
#define SURE 0.35
/* Share of the picture that a thing must cover to be asked about without its like. */
#define LARGE 0.02

static guint
count_of (const vqa_boxed *p, const char *name, gboolean *crowd)
{
  guint n = 0;
  *crowd = FALSE;
  for (guint i = 0; i < p->boxes->len; i++)
    {
      const vqa_box *b = p->boxes->pdata[i];
      if (strcmp (b->name, name) != 0)
        continue;
      n++;
      *crowd = *crowd || b->crowd;
    }
  return n;
}

static void
find_singles (asking *a)
{
  a->singles = g_array_new (FALSE, FALSE, sizeof (single));
  for (guint i = 0; i < a->picture->boxes->len; i++)
    {
      const vqa_box *b = a->picture->boxes->pdata[i];
      single s = { b, b->left + b->width / 2, b->top + b->height / 2 };
      gboolean crowd;
      if (count_of (a->picture, b->name, &crowd) == 1 && !crowd && b->score >= SURE
          && b->width * b->height >= LARGE)
        g_array_append_val (a->singles, s);
    }
}

static guint
pick (asking *a, guint n)
{
  return vqa_random_below (&a->random, n);
}

#define ask(a, ...) vqa_maker_ask (&(a)->maker, __VA_ARGS__)

/* More things than a person sees at once are not counted. */
#define MOST 10
/* A detector that is this sure of everything of a class has mostly found all of it. */
#define COUNTED 0.4
/* Of its lone things, one in so many is counted, or nearly all the answers would be one. */
#define LONE 4

static gboolean
may_count (asking *a, const char *name, guint n)
{
  for (guint i = 0; i < a->picture->boxes->len; i++)
    {
      const vqa_box *b = a->picture->boxes->pdata[i];
      if (strcmp (b->name, name) == 0 && b->score < COUNTED)
        return FALSE;
    }
  return n > 1 || pick (a, LONE) == 0;
}

static void
about_counts (asking *a)
{
  static const char *const tails[]
      = { "are there",           "are in the picture", "do you see",       "are visible",
          "are in this picture", "are shown",          "are in the photo", "can be seen" };
  for (guint i = 0; i < a->picture->boxes->len; i++)
    {
      const vqa_box *b = a->picture->boxes->pdata[i];
      gboolean crowd;
      guint n = count_of (a->picture, b->name, &crowd);
      g_autofree char *many = vqa_plural (b->name), *answer = g_strdup_printf ("%u", n);
      const char *tail = tails[pick (a, G_N_ELEMENTS (tails))];
      if (!crowd && n <= MOST && (a->picture->whole || may_count (a, b->name, n)))
        ask (a, answer, "how many %s %s?", many, tail);
    }
}

/* Apart in one direction, and not much more in the other. */
#define APART 0.18

static void
about_pair (asking *a, const single *s, const single *t)
{
  const char *first = s->box->name, *second = t->box->name;
  double x = t->x - s->x, y = t->y - s->y;

  if (fabs (x) > APART && fabs (x) > fabs (y))
    {
      gboolean asked_left = pick (a, 2);
      const char *truth = (x > 0) == asked_left ? "yes" : "no";
      ask (a, truth, "is the %s to the %s of the %s?", first, asked_left ? "left" : "right",
           second);
      ask (a, x > 0 ? "left" : "right", "is the %s to the left or to the right of the %s?", first,
           second);
      if (a->singles->len == 2 && a->picture->whole)
        ask (a, x > 0 ? second : first, "what is to the %s of the %s?", "right",
             x > 0 ? first : second);
    }
  else if (fabs (y) > APART && fabs (y) > fabs (x))
    {
      gboolean asked_above = pick (a, 2);
      ask (a, (y > 0) == asked_above ? "yes" : "no", "is the %s %s the %s?", first,
           asked_above ? "above" : "below", second);
      ask (a, y > 0 ? "above" : "below", "is the %s above or below the %s?", first, second);
    }
}

static double
area (const single *s)
{
  return s->box->width * s->box->height;
}

static void
about_size (asking *a, const single *s, const single *t)
{
  double ratio = area (s) / area (t);
  if (ratio > 0.5 && ratio < 2)
    return;
  ask (a, ratio > 1 ? s->box->name : t->box->name,
       "which takes up more of the picture, the %s or the %s?", s->box->name, t->box->name);
}

static void
about_side (asking *a, const single *s)
{
  if (fabs (s->x - 0.5) > 0.17)
    ask (a, s->x < 0.5 ? "left" : "right",
         pick (a, 2) ? "which side of the picture is the %s on?"
                     : "is the %s on the left or the right?",
         s->box->name);
}

/* Things whose colour people ask for; a person has several. */
static gboolean
has_colour (const char *name)
{
  static const char *const without[] = { "person", "tv", "mirror", "window", "zebra", "pizza" };
  for (guint i = 0; i < G_N_ELEMENTS (without); i++)
    if (strcmp (name, without[i]) == 0)
      return FALSE;
  return TRUE;
}

static void
about_colour (asking *a, const single *s, const guint8 *rgb, int side)
{
  const char *colour = has_colour (s->box->name) ? vqa_box_colour (s->box, rgb, side) : NULL;
  const char *other = colours[pick (a, N_COLOURS)];

  if (colour == NULL)
    return;
  ask (a, colour, pick (a, 2) ? "what color is the %s?" : "what is the color of the %s?",
       s->box->name);
  if (pick (a, 2))
    ask (a, "yes", "is the %s %s?", s->box->name, colour);
  else if (strcmp (other, colour) != 0)
    ask (a, "no", "is the %s %s?", s->box->name, other);
}

GPtrArray *
vqa_box_questions (const vqa_boxed *picture, const guint8 *rgb, int side, guint seed)
{
  asking a = { .picture = picture,
               .maker = vqa_maker_new (picture->whole ? VQA_MADE_BOXES : VQA_MADE_DETECTIONS),
               .random = vqa_random_new (seed, 3, 0) };

  find_singles (&a);
  about_counts (&a);
  for (guint i = 0; i < a.singles->len; i++)
    {
      const single *s = &g_array_index (a.singles, single, i);
      about_side (&a, s);
      if (rgb != NULL)
        about_colour (&a, s, rgb, side);
      for (guint k = i + 1; k < a.singles->len; k++)
        {
          /* There are more pairs than things: a detector's would ask for little else. */
          if (!picture->whole && pick (&a, a.singles->len) > 0)
            continue;
          about_pair (&a, s, &g_array_index (a.singles, single, k));
          about_size (&a, s, &g_array_index (a.singles, single, k));
        }
    }
  g_array_unref (a.singles);
  return vqa_maker_finish (&a.maker);
}
