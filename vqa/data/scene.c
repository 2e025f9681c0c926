/* What scenes are: words, relations, and how objects come to stand where they stand. */
#include "vqa/data/scene_rays.h"

#include "nets/core/isa.h"
#include "vqa/data/random.h"

#include <string.h>

#define OUTLINE    RAYS   /* side of the picture in which hidden samples are counted */
#define SHOWN      0.66f  /* least share there: no other sampling may find less than promised */
#define TRIES      150    /* places tried for an object before all begin anew */
#define BEGINNINGS 200    /* after so many there is an object less */
#define FIELD      2.7f   /* objects stand within this distance of the middle */
#define GAP        0.15f  /* between objects, on the ground */
#define APART_X    0.20f  /* least difference of two objects' positions, so that none of two */
#define APART_Y    0.25f  /* is nearly as far left, or as far away, as the other */
#define APART_SEEN 0.018f /* the same in the picture, of its side */
#define MARGIN     0.95f  /* of the picture that objects may fill */

/* ---- words ------------------------------------------------------------------------------ */

static const char *const names[VQA_ATTRIBUTES] = { "shape", "size", "color", "material" };
static const int counts[VQA_ATTRIBUTES] = { VQA_SHAPES, VQA_SIZES, VQA_COLOURS, VQA_MATERIALS };
static const char *const values[VQA_ATTRIBUTES][VQA_COLOURS] = {
  { "cube", "sphere", "cylinder" },
  { "large", "small" },
  { "gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow" },
  { "rubber", "metal" },
};

const char *
vqa_scene_value (vqa_attribute attribute, int value)
{
  return values[attribute][value];
}

int
vqa_scene_values (vqa_attribute attribute)
{
  return counts[attribute];
}

int
vqa_scene_first_value (vqa_attribute attribute)
{
  int first = 0;

  for (int a = 0; a < (int)attribute; a++)
    first += counts[a];
  return first;
}

const char *
vqa_scene_attribute (vqa_attribute attribute)
{
  return names[attribute];
}

const char *
vqa_scene_relation (vqa_relation relation)
{
  static const char *const relations[VQA_RELATIONS] = { "left", "right", "front", "behind" };
  return relations[relation];
}

gboolean
vqa_scene_pair (vqa_scene_mode mode, vqa_shape shape, vqa_colour colour)
{
  gboolean first
      = colour == VQA_GREY || colour == VQA_BLUE || colour == VQA_BROWN || colour == VQA_YELLOW;

  if (mode == VQA_SCENE_ALL || shape == VQA_SPHERE)
    return TRUE;
  return first == ((mode == VQA_SCENE_A) == (shape == VQA_CUBE));
}

gboolean
vqa_scene_related (const vqa_scene *scene, int a, vqa_relation relation, int b)
{
  const vqa_scene_object *p = &scene->objects[a], *q = &scene->objects[b];

  switch (relation)
    {
    case VQA_LEFT:
      return p->x < q->x;
    case VQA_RIGHT:
      return p->x > q->x;
    case VQA_FRONT:
      return p->y < q->y;
    default:
      return p->y > q->y;
    }
}

/* ---- camera and light ------------------------------------------------------------------ */

/* Cosine and sine of the angle whose half has this tangent: exact everywhere, unlike cosf(). */
static void
turn (float half, float *cosine, float *sine)
{
  float scale = 1 / (1 + half * half);

  *cosine = (1 - half * half) * scale;
  *sine = 2 * half * scale;
}

static float
between (vqa_random *random, float low, float high)
{
  return low + (high - low) * (float)vqa_random_unit (random);
}

static void
set_camera_and_light (vqa_scene *s, vqa_random *random)
{
  float distance = between (random, 11.5f, 12.5f), cosine, sine, length;
  float aim[3] = { between (random, -0.15f, 0.15f), between (random, -0.2f, 0), 0.35f };
  float x = between (random, 0.4f, 0.9f), y = between (random, -0.55f, -0.05f);
  float tint = between (random, -0.035f, 0.035f), grey = between (random, 0.40f, 0.50f);

  turn (between (random, 0.325f, 0.375f), &cosine, &sine); /* looks down by 36 to 41 degrees */
  s->forward[1] = cosine;
  s->forward[2] = -sine;
  s->up[1] = sine;
  s->up[2] = cosine;
  s->spread = between (random, 2.90f, 3.05f) / distance;
  for (int k = 0; k < 3; k++)
    s->eye[k] = aim[k] - distance * s->forward[k];
  x = vqa_random_below (random, 2) ? x : -x;
  length = sqrtf (x * x + y * y + 1.1f * 1.1f);
  s->light[0] = x / length;
  s->light[1] = y / length;
  s->light[2] = 1.1f / length;
  s->ground[0] = grey + tint;
  s->ground[1] = grey;
  s->ground[2] = grey - tint;
  s->pool[0] = between (random, -1, 1);
  s->pool[1] = between (random, -0.5f, 1.5f);
}

/* ---- placing ---------------------------------------------------------------------------- */

typedef struct
{
  vqa_scene *scene;
  vqa_random random;
  int placed;
  body bodies[VQA_SCENE_MOST];
  view views[VQA_SCENE_MOST];
  gint32 all[VQA_SCENE_MOST], shown[VQA_SCENE_MOST]; /* samples of each outline */
  float depth[OUTLINE][OUTLINE];                     /* of what is placed */
  gint32 id[OUTLINE][OUTLINE];
  float next[OUTLINE][OUTLINE]; /* depth of the next object, within its area */
  rays row;
} placing;

/* Samples: rows top..bottom, left..right in each. */
typedef struct
{
  int top, bottom, left, right;
} area;

/* The rays of a part of a row, through the middles of its samples. */
RAYS_INLINE void
aim_row (placing *p, int row, int from, int to)
{
  const vqa_scene *s = p->scene;
  float v = (1 - (2 * (float)row + 1) / OUTLINE) * s->spread;
  float y = s->forward[1] + v * s->up[1], z = s->forward[2] + v * s->up[2];
  rays *r = &p->row;

  for (int i = from; i < to; i++)
    {
      r->ox[i] = s->eye[0];
      r->oy[i] = s->eye[1];
      r->oz[i] = s->eye[2];
      r->dx[i] = ((2 * (float)i + 1) / OUTLINE - 1) * s->spread;
      r->dy[i] = y;
      r->dz[i] = z;
      r->t[i] = NO_HIT;
      r->id[i] = ON_GROUND;
    }
}

/* Whether two rectangles have something in common. */
RAYS_INLINE gboolean
overlap (const view *a, const view *b)
{
  return a->u0 < b->u1 && b->u0 < a->u1 && a->v0 < b->v1 && b->v0 < a->v1;
}

/* Traces the next object into `next` and counts its samples: all, and in `shown` those that no
 * other object hides. The others' `shown` loses what it hides. */
NN_LOOP (outline, (placing * p, const area *a, gint32 *shown), (p, a, shown))
{
  const area at = *a;
  int k = p->placed;

  for (int row = at.top; row < at.bottom; row++)
    {
      rays *r = &p->row;
      const float *depth = p->depth[row];
      const gint32 *id = p->id[row];
      float *restrict next = p->next[row];
      gint32 all = 0;

      aim_row (p, row, at.left, at.right);
      vqa_rays_meet (r, &p->bodies[k], k, at.left, at.right);
      for (int i = at.left; i < at.right; i++)
        {
          next[i] = r->t[i];
          all += r->id[i] == k;
        }
      p->all[k] += all;
      shown[k] += all;
      for (int j = 0; j < k; j++)
        {
          gint32 hides = 0, hidden = 0;

          if (!overlap (&p->views[k], &p->views[j]))
            continue;
          for (int i = at.left; i < at.right; i++)
            {
              gint32 both = (r->id[i] == k) & (id[i] == j);
              hides += both & (r->t[i] < depth[i]);
              hidden += both & (r->t[i] >= depth[i]);
            }
          shown[j] -= hides;
          shown[k] -= hidden;
        }
    }
}

/* Adds the next object to what is placed. */
NN_LOOP (keep, (placing * p, const area *a), (p, a))
{
  const area at = *a;
  const int k = p->placed;

  for (int row = at.top; row < at.bottom; row++)
    {
      const float *next = p->next[row];
      float *restrict depth = p->depth[row];
      gint32 *restrict id = p->id[row];

      for (int i = at.left; i < at.right; i++)
        {
          gboolean nearer = next[i] < depth[i];
          id[i] = nearer ? k : id[i];
          depth[i] = nearer ? next[i] : depth[i];
        }
    }
}

/* The samples that a view may cover, in whole vectors. */
static area
area_of (const view *w)
{
  area a;

  covered (-w->v1, -w->v0, OUTLINE, &a.top, &a.bottom);
  covered (w->u0, w->u1, OUTLINE, &a.left, &a.right);
  a.left -= a.left % VECTOR;
  a.right = MIN ((a.right + VECTOR - 1) / VECTOR * VECTOR, OUTLINE);
  return a;
}

/* Whether the next object keeps its distance from the others and the picture's edge. */
static gboolean
stands_clear (placing *p)
{
  const vqa_scene_object *o = &p->scene->objects[p->placed];
  const body *b = &p->bodies[p->placed];
  view *w = &p->views[p->placed];

  for (int j = 0; j < p->placed; j++)
    {
      const vqa_scene_object *q = &p->scene->objects[j];
      float x = o->x - q->x, y = o->y - q->y, seen = o->picture_x - q->picture_x;
      float room = b->reach + p->bodies[j].reach + GAP;

      if (x * x + y * y < room * room || fabsf (x) < APART_X || fabsf (y) < APART_Y
          || fabsf (seen) < APART_SEEN || (x < 0) != (seen < 0))
        return FALSE;
    }
  *w = vqa_scene_view (p->scene, b, NULL);
  return w->u0 >= -MARGIN && w->u1 <= MARGIN && w->v0 >= -MARGIN && w->v1 <= MARGIN;
}

/* Whether all objects are seen well enough with the next one among them, which is then there. */
static gboolean
is_seen (placing *p)
{
  gint32 shown[VQA_SCENE_MOST] = { 0 };
  area a = area_of (&p->views[p->placed]);
  int n = p->placed + 1;

  memcpy (shown, p->shown, (gsize)p->placed * sizeof *shown);
  p->all[p->placed] = 0;
  outline (p, &a, shown);
  for (int j = 0; j < n; j++)
    if ((float)shown[j] < SHOWN * (float)p->all[j])
      return FALSE;
  memcpy (p->shown, shown, (gsize)n * sizeof *shown);
  keep (p, &a);
  return TRUE;
}

static gboolean
place (placing *p)
{
  vqa_scene_object *o = &p->scene->objects[p->placed];

  turn (between (&p->random, 0, 0.41421356f), &o->turn[0], &o->turn[1]);
  for (int i = 0; i < TRIES; i++)
    {
      float u, v;

      o->x = between (&p->random, -FIELD, FIELD);
      o->y = between (&p->random, -FIELD, FIELD);
      p->bodies[p->placed] = vqa_scene_body (o);
      vqa_scene_project (p->scene, (float[3]){ o->x, o->y, p->bodies[p->placed].z }, &u, &v);
      o->picture_x = (1 + u) / 2;
      o->picture_y = (1 - v) / 2;
      if (stands_clear (p) && is_seen (p))
        return TRUE;
    }
  return FALSE;
}

/* Places all objects; FALSE when there was no room for one. */
static gboolean
place_all (placing *p)
{
  for (int row = 0; row < OUTLINE; row++)
    for (int i = 0; i < OUTLINE; i++)
      {
        p->depth[row][i] = NO_HIT;
        p->id[row][i] = ON_GROUND;
      }
  for (p->placed = 0; p->placed < p->scene->n; p->placed++)
    if (!place (p))
      return FALSE;
  return TRUE;
}

static void
choose_attributes (vqa_scene *s, vqa_random *random)
{
  for (int i = 0; i < s->n; i++)
    {
      guint8 *is = s->objects[i].is;

      for (int a = 0; a < VQA_ATTRIBUTES; a++)
        is[a] = (guint8)vqa_random_below (random, (guint32)counts[a]);
      while (!vqa_scene_pair (s->mode, is[VQA_SHAPE], is[VQA_COLOUR]))
        is[VQA_COLOUR] = (guint8)vqa_random_below (random, VQA_COLOURS);
    }
}

void
vqa_scene_make (vqa_scene *scene, guint64 seed, guint64 index, vqa_scene_mode mode)
{
  g_autofree placing *p = g_new (placing, 1);

  *scene = (vqa_scene){ .seed = seed, .index = index, .mode = mode };
  p->scene = scene;
  p->random = vqa_random_new (seed, index, (guint64)mode);
  scene->n = VQA_SCENE_FEWEST
             + (int)vqa_random_below (&p->random, VQA_SCENE_MOST - VQA_SCENE_FEWEST + 1);
  set_camera_and_light (scene, &p->random);
  choose_attributes (scene, &p->random);
  /* So much that is large may have no room at all. */
  for (guint i = 1; !place_all (p); i++)
    if (i % BEGINNINGS == 0 && scene->n > VQA_SCENE_FEWEST)
      scene->n--;
  for (int i = 0; i < scene->n; i++)
    scene->objects[i].visible = (float)p->shown[i] / (float)p->all[i];
}
