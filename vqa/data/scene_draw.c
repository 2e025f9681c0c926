/* Pictures of scenes: rays are cast, four through every pixel, at three analytic shapes on a plane.
 * One lamp with soft shadows, a bright sky, light from the ground; metal mirrors what is around it.
 * Shadows and contact darkening are closed forms, not samples, so nothing is noisy. */
#include "vqa/data/scene_rays.h"

#include "nets/core/isa.h"

#define ROWS 2 /* of samples in a pixel, and as many in a row */

/* Colour of light, or share of it that a surface gives back. */
typedef struct
{
  float r, g, b;
} colour;

typedef struct
{
  body body;
  colour paint;
  float metal; /* 0 or 1 */
  view seen;   /* where it is in the picture */
  view felt;   /* where it may also cast a shadow */
} thing;

typedef struct
{
  const vqa_scene *scene;
  int n;
  thing things[VQA_SCENE_MOST];
  float shift[2]; /* of a shadow on the ground, per height */
} picture;

/* What the light of each ray is made of. */
typedef struct
{
  float lit[RAYS], open[RAYS]; /* shares of the lamp and of the sky that nothing hides */
  float r[RAYS], g[RAYS], b[RAYS];
} shades;

/* What each ray has met. */
typedef struct
{
  float r[RAYS], g[RAYS], b[RAYS], metal[RAYS];
} surfaces;

/* Reflectances of the painted surfaces, square roots of them as one would mix them on a screen. */
static const colour paints[VQA_COLOURS] = {
  { 0.45f, 0.46f, 0.47f }, { 0.80f, 0.13f, 0.13f }, { 0.14f, 0.30f, 0.88f },
  { 0.10f, 0.56f, 0.17f }, { 0.53f, 0.30f, 0.13f }, { 0.56f, 0.20f, 0.78f },
  { 0.10f, 0.78f, 0.80f }, { 0.97f, 0.83f, 0.12f },
};

static const colour lamp = { 1.40f, 1.33f, 1.22f };
static const colour sky = { 0.34f, 0.37f, 0.42f };
static const colour earth = { 0.24f, 0.23f, 0.22f }; /* light that the ground gives back */

/* ---- light and shadow ------------------------------------------------------------------- */

RAYS_INLINE float
smooth (float x)
{
  x = clamp (x);
  return x * x * (3 - 2 * x);
}

/* Share of the lamp seen past a shadow's edge: `distance` from it, negative inside, cast by
 * something `height` above. The farther, the softer. */
RAYS_INLINE float
past_edge (float distance, float height)
{
  return smooth (0.5f + distance / (0.05f + 0.34f * height));
}

RAYS_INLINE float
lit_past_sphere (const body *b, const float *light, float x, float y, float z)
{
  float along = -(x * light[0] + y * light[1] + z * light[2]);
  float away = x * x + y * y + z * z - along * along;
  float lit = past_edge (sqrtf (most (away, 0)) - b->a, most (along, 0));

  return along > 0 ? lit : 1;
}

/* Height of what casts the shadow's edge here. */
RAYS_INLINE float
height_along (float x, float y, const float *shift, float height)
{
  float along
      = (x * shift[0] + y * shift[1]) / most (shift[0] * shift[0] + shift[1] * shift[1], 1e-4f);
  return least (most (along, 0), height);
}

/* Upright bodies shade at height z like their part above z, whose shadow on that plane is its
 * outline drawn along `shift`: of a circle a rounded strip, of a square a hexagon. */
RAYS_INLINE float
lit_past_cylinder (const body *b, const float *shift, float x, float y, float z)
{
  float height = most (b->h - z, 0);
  float up = height_along (x, y, shift, height);
  float ex = x - up * shift[0], ey = y - up * shift[1];
  float lit = past_edge (sqrtf (ex * ex + ey * ey) - b->a, up);

  return height > 0 ? lit : 1;
}

RAYS_INLINE float
lit_past_cube (const body *b, const float *shift, float x, float y, float z)
{
  float height = most (b->h - z, 0), up = height_along (x, y, shift, height);
  float sx = b->cos * shift[0] + b->sin * shift[1], sy = b->cos * shift[1] - b->sin * shift[0];
  float qx = b->cos * x + b->sin * y, qy = b->cos * y - b->sin * x;
  float length = sqrtf (most (sx * sx + sy * sy, 1e-4f));
  float dx = most (qx - most (height * sx, 0), least (height * sx, 0) - qx) - b->a;
  float dy = most (qy - most (height * sy, 0), least (height * sy, 0) - qy) - b->a;
  float across = (fabsf (qx * sy - qy * sx) - b->a * (fabsf (sx) + fabsf (sy))) / length;
  float lit = past_edge (most (most (dx, dy), across), up);

  return height > 0 ? lit : 1;
}

/* Share of the sky that a ball of the body's size leaves open above a surface. */
RAYS_INLINE float
open_past (const body *b, float x, float y, float z, float nx, float ny, float nz)
{
  float square = x * x + y * y + z * z;
  float towards = -(x * nx + y * ny + z * nz);
  float taken = most (towards, 0) * b->a * b->a / (square * sqrtf (square));

  return 1 - 0.95f * least (most (taken - 0.05f, 0), 0.75f);
}

#define SHADE(lit_past)                                                                            \
  for (int i = from; i < to; i++)                                                                  \
    {                                                                                              \
      float x = r->ox[i] + r->t[i] * r->dx[i] - b.x, y = r->oy[i] + r->t[i] * r->dy[i] - b.y;      \
      float z = r->oz[i] + r->t[i] * r->dz[i] - b.z;                                               \
      float lit = lit_past;                                                                        \
      float open = open_past (&b, x, y, z, r->nx[i], r->ny[i], r->nz[i]);                          \
      s->lit[i] = least (s->lit[i], r->id[i] == id ? 1 : lit);                                     \
      s->open[i] *= r->id[i] == id ? 1 : open;                                                     \
    }

/* What a thing takes of the light of rays from..to. */
NN_LOOP (take_light,
         (const picture *p, int id, const rays *r, shades *restrict s, int from, int to),
         (p, id, r, s, from, to))
{
  const body b = p->things[id].body;
  const float light[3] = { p->scene->light[0], p->scene->light[1], p->scene->light[2] };
  const float shift[2] = { p->shift[0], p->shift[1] };

  if (b.shape == VQA_SPHERE)
    SHADE (lit_past_sphere (&b, light, x, y, z))
  else if (b.shape == VQA_CUBE)
    SHADE (lit_past_cube (&b, shift, x, y, z))
  else
    SHADE (lit_past_cylinder (&b, shift, x, y, z))
}

/* ---- surfaces --------------------------------------------------------------------------- */

/* The sky as metal mirrors it: bright above, a long window towards the lamp. */
RAYS_INLINE float
sky_at (float lx, float ly, float lz, float x, float y, float z)
{
  float window = smooth (2.6f * (x * lx + y * ly + z * lz) - 1.25f);
  float up = smooth (3.0f * z - 1.95f);

  return 0.13f + 0.75f * up + 1.25f * window * clamp (z);
}

/* Without what mirrors: r, g, b of rays from..to, which have met things or the ground. */
NN_LOOP (shade,
         (const picture *p, const rays *r, const surfaces *f, shades *restrict s, int from, int to),
         (p, r, f, s, from, to))
{
  const float lx = p->scene->light[0], ly = p->scene->light[1], lz = p->scene->light[2];

  for (int i = from; i < to; i++)
    {
      float dx = r->dx[i], dy = r->dy[i], dz = r->dz[i], height = r->oz[i] + r->t[i] * dz;
      float nx = r->nx[i], ny = r->ny[i], nz = r->nz[i], metal = f->metal[i];
      float lit = s->lit[i], open = s->open[i], pr = f->r[i], pg = f->g[i], pb = f->b[i];
      gint32 id = r->id[i];
      float scale = 1 / sqrtf (dx * dx + dy * dy + dz * dz);
      float facing = most (nx * lx + ny * ly + nz * lz, 0) * lit, up = 0.5f + 0.5f * nz;
      /* Things are darker where they stand, the ground takes the light there. */
      float low = clamp (1 - 2.5f * height), foot = id >= 0 ? 1 - 0.45f * low * low : 1;
      float hx = lx - dx * scale, hy = ly - dy * scale, hz = lz - dz * scale;
      float half = most (nx * hx + ny * hy + nz * hz, 0) / sqrtf (hx * hx + hy * hy + hz * hz);
      float h2 = half * half, h4 = h2 * h2, h8 = h4 * h4, h16 = h8 * h8, h64 = h16 * h16;
      float h144 = h64 * h64 * h16, gloss = (1 - metal) * 0.13f * h16 + metal * 2.0f * h144;
      float shine = id >= 0 ? lit * gloss : 0, dull = 1 - 0.7f * metal;
      float above = sky_at (lx, ly, lz, dx * scale, dy * scale, dz * scale);

      open *= foot;
      pr *= dull * (lamp.r * facing + open * (sky.r * up + earth.r * (1 - up)));
      pg *= dull * (lamp.g * facing + open * (sky.g * up + earth.g * (1 - up)));
      pb *= dull * (lamp.b * facing + open * (sky.b * up + earth.b * (1 - up)));
      s->r[i] = id == IN_SKY ? above : pr + shine;
      s->g[i] = id == IN_SKY ? above : pg + shine;
      s->b[i] = id == IN_SKY ? above : pb + shine;
    }
}

/* Lets rays from..to meet the ground, or the sky when they go up. */
NN_LOOP (meet_ground, (rays *restrict r, int from, int to), (r, from, to))
{
  for (int i = from; i < to; i++)
    {
      float z = r->oz[i], dz = r->dz[i];
      gboolean down = dz < -1e-4f;

      r->t[i] = down ? -z / dz : 1e6f;
      r->nx[i] = r->ny[i] = 0;
      r->nz[i] = 1;
      r->id[i] = down ? ON_GROUND : IN_SKY;
    }
}

/* Paints what rays from..to have met. */
NN_LOOP (paint, (const picture *p, const rays *r, surfaces *restrict f, int from, int to),
         (p, r, f, from, to))
{
  const float gr = p->scene->ground[0], gg = p->scene->ground[1], gb = p->scene->ground[2];
  const float px = p->scene->pool[0], py = p->scene->pool[1];

  for (int i = from; i < to; i++)
    {
      float x = r->ox[i] + r->t[i] * r->dx[i] - px, y = r->oy[i] + r->t[i] * r->dy[i] - py;
      float bright = 0.55f + 0.5f / (1 + 0.018f * (x * x + y * y));

      f->r[i] = gr * bright;
      f->g[i] = gg * bright;
      f->b[i] = gb * bright;
      f->metal[i] = 0;
    }
  for (int k = 0; k < p->n; k++)
    {
      const thing t = p->things[k];

      for (int i = from; i < to; i++)
        {
          f->r[i] = r->id[i] == k ? t.paint.r : f->r[i];
          f->g[i] = r->id[i] == k ? t.paint.g : f->g[i];
          f->b[i] = r->id[i] == k ? t.paint.b : f->b[i];
          f->metal[i] = r->id[i] == k ? t.metal : f->metal[i];
        }
    }
}

/* ---- mirrors ---------------------------------------------------------------------------- */

/* Whether one of rays from..to has met a thing. */
static gboolean
any (const rays *r, int id, int from, int to)
{
  gboolean found = FALSE;

  for (int i = from; i < to; i++)
    found |= r->id[i] == id;
  return found;
}

/* Rays from..to go on where they were mirrored. */
NN_LOOP (turn_back, (const rays *r, rays *restrict m, shades *restrict light, int from, int to),
         (r, m, light, from, to))
{
  for (int i = from; i < to; i++)
    {
      float nx = r->nx[i], ny = r->ny[i], nz = r->nz[i];
      float twice = 2 * (r->dx[i] * nx + r->dy[i] * ny + r->dz[i] * nz);

      m->ox[i] = r->ox[i] + r->t[i] * r->dx[i];
      m->oy[i] = r->oy[i] + r->t[i] * r->dy[i];
      m->oz[i] = r->oz[i] + r->t[i] * r->dz[i];
      m->dx[i] = r->dx[i] - twice * nx;
      m->dy[i] = r->dy[i] - twice * ny;
      m->dz[i] = r->dz[i] - twice * nz;
      light->lit[i] = light->open[i] = 1;
    }
}

/* Adds to a thing's surface the light that it mirrors: coloured, and white at a flat angle. */
NN_LOOP (add_mirrored,
         (const thing *t, int id, const rays *r, const shades *light, shades *restrict s, int from,
          int to),
         (t, id, r, light, s, from, to))
{
  const colour c = t->paint;

  for (int i = from; i < to; i++)
    {
      float dx = r->dx[i], dy = r->dy[i], dz = r->dz[i];
      float scale = 1 / sqrtf (dx * dx + dy * dy + dz * dz);
      float flat = clamp (1 + (dx * r->nx[i] + dy * r->ny[i] + dz * r->nz[i]) * scale);
      float edge = flat * flat * flat * flat, rest = 0.95f * (1 - edge);
      float there = r->id[i] == id ? 1 : 0;

      s->r[i] += there * light->r[i] * (c.r * rest + edge);
      s->g[i] += there * light->g[i] * (c.g * rest + edge);
      s->b[i] += there * light->b[i] * (c.b * rest + edge);
    }
}

/* What thing `id`, which rays from..to may have met, mirrors of the others. */
static void
mirror (const picture *p, int id, const rays *r, shades *s, int from, int to)
{
  rays m;
  shades light;
  surfaces f;

  while (from < to && !any (r, id, from, from + VECTOR))
    from += VECTOR;
  while (from < to && !any (r, id, to - VECTOR, to))
    to -= VECTOR;
  if (from == to)
    return;
  turn_back (r, &m, &light, from, to);
  meet_ground (&m, from, to);
  for (int k = 0; k < p->n; k++)
    if (k != id)
      vqa_rays_meet (&m, &p->things[k].body, k, from, to);
  for (int k = 0; k < p->n; k++)
    take_light (p, k, &m, &light, from, to);
  paint (p, &m, &f, from, to);
  shade (p, &m, &f, &light, from, to);
  add_mirrored (&p->things[id], id, r, &light, s, from, to);
}

/* ---- rows ------------------------------------------------------------------------------- */

/* The part of a row of n samples, beginning at `first`, that a range covers, in whole vectors. */
static void
segment (float low, float high, int n, int first, int *from, int *to)
{
  covered (low, high, n, from, to);
  *from = MIN (MAX (*from - first, 0), RAYS) / VECTOR * VECTOR;
  *to = MIN ((MAX (*to - first, 0) + VECTOR - 1) / VECTOR * VECTOR, RAYS);
}

/* Rays of a row of samples. The four of a pixel stand on a turned grid, so that upright and level
 * edges pass them one by one. */
NN_LOOP (aim, (const picture *p, int side, int row, int first, rays *restrict r),
         (p, side, row, first, r))
{
  const vqa_scene *s = p->scene;
  float pixel = 2 / (float)side;
  int odd = row % ROWS;

  for (int i = 0; i < RAYS; i++)
    {
      int right = i % ROWS;
      float x = (float)((first + i) / ROWS) + (right ? 0.625f : 0.125f) + (odd ? 0 : 0.25f);
      float y = (float)(row / ROWS) + (right ? 0.375f : 0.125f) + (odd ? 0.5f : 0);
      float u = (x * pixel - 1) * s->spread, v = (1 - y * pixel) * s->spread;

      r->ox[i] = s->eye[0];
      r->oy[i] = s->eye[1];
      r->oz[i] = s->eye[2];
      r->dx[i] = u;
      r->dy[i] = s->forward[1] + v * s->up[1];
      r->dz[i] = s->forward[2] + v * s->up[2];
    }
}

/* Whether a row of n meets a range of heights. */
static gboolean
meets (const view *w, int row, int n)
{
  int top, bottom;

  covered (-w->v1, -w->v0, n, &top, &bottom);
  return row >= top && row < bottom;
}

/* Light of a row of samples; RAYS of it from `first` on. */
static void
cast_row (const picture *p, int side, int row, int first, shades *s)
{
  int n = side * ROWS, from, to, end = MIN (RAYS, (n - first + VECTOR - 1) / VECTOR * VECTOR);
  rays r;
  surfaces f;

  aim (p, side, row, first, &r);
  meet_ground (&r, 0, end);
  for (int i = 0; i < end; i++)
    s->lit[i] = s->open[i] = 1;
  for (int k = 0; k < p->n; k++)
    {
      if (!meets (&p->things[k].seen, row, n))
        continue;
      segment (p->things[k].seen.u0, p->things[k].seen.u1, n, first, &from, &to);
      vqa_rays_meet (&r, &p->things[k].body, k, from, to);
    }
  for (int k = 0; k < p->n; k++)
    {
      if (!meets (&p->things[k].felt, row, n))
        continue;
      segment (p->things[k].felt.u0, p->things[k].felt.u1, n, first, &from, &to);
      take_light (p, k, &r, s, from, to);
    }
  paint (p, &r, &f, 0, end);
  shade (p, &r, &f, s, 0, end);
  for (int k = 0; k < p->n; k++)
    {
      if (p->things[k].metal == 0 || !meets (&p->things[k].seen, row, n))
        continue;
      segment (p->things[k].seen.u0, p->things[k].seen.u1, n, first, &from, &to);
      mirror (p, k, &r, s, from, to);
    }
}

/* Light to a sample's value: highlights fade into white. */
RAYS_INLINE float
expose (float light)
{
  return light * (1 + 0.18f * light) / (1 + 0.42f * light);
}

/* Two rows of n * ROWS samples make n pixels. */
NN_LOOP (develop, (shades *restrict s, int n, guint8 *rgb), (s, n, rgb))
{
  float sum[3][RAYS / ROWS];

  for (int k = 0; k < ROWS; k++)
    for (int i = 0; i < n * ROWS; i++)
      {
        s[k].r[i] = expose (s[k].r[i]);
        s[k].g[i] = expose (s[k].g[i]);
        s[k].b[i] = expose (s[k].b[i]);
      }
  for (int i = 0; i < n; i++)
    {
      int a = ROWS * i, b = ROWS * i + 1;
      sum[0][i] = (s[0].r[a] + s[0].r[b]) + (s[1].r[a] + s[1].r[b]);
      sum[1][i] = (s[0].g[a] + s[0].g[b]) + (s[1].g[a] + s[1].g[b]);
      sum[2][i] = (s[0].b[a] + s[0].b[b]) + (s[1].b[a] + s[1].b[b]);
    }
  for (int k = 0; k < 3; k++)
    for (int i = 0; i < n; i++)
      sum[k][i] = 255 * sqrtf (clamp (sum[k][i] / (ROWS * ROWS))) + 0.5f;
  for (int i = 0; i < n; i++)
    for (int k = 0; k < 3; k++)
      rgb[3 * i + k] = (guint8)sum[k][i];
}

static void
draw (const picture *p, int side, guint8 *rgb)
{
  shades s[ROWS];

  for (int y = 0; y < side; y++)
    for (int first = 0; first < side * ROWS; first += RAYS)
      {
        for (int k = 0; k < ROWS; k++)
          cast_row (p, side, y * ROWS + k, first, &s[k]);
        develop (s, MIN (RAYS / ROWS, side - first / ROWS),
                 rgb + ((size_t)y * side + first / ROWS) * 3);
      }
}

void
vqa_scene_draw (const vqa_scene *scene, int side, guint8 *rgb)
{
  picture p = { .scene = scene, .n = scene->n };

  p.shift[0] = -scene->light[0] / scene->light[2];
  p.shift[1] = -scene->light[1] / scene->light[2];
  for (int k = 0; k < scene->n; k++)
    {
      const vqa_scene_object *o = &scene->objects[k];
      thing *t = &p.things[k];
      const colour *c = &paints[o->is[VQA_COLOUR]];

      t->body = vqa_scene_body (o);
      t->paint = (colour){ c->r * c->r, c->g * c->g, c->b * c->b };
      t->metal = o->is[VQA_MATERIAL] == VQA_METAL ? 1 : 0;
      t->seen = vqa_scene_view (scene, &t->body, NULL);
      t->felt = vqa_scene_view (scene, &t->body, p.shift);
    }
  draw (&p, side, rgb);
}
