/* The bodies of objects, and where rays meet them. */
#include "vqa/data/scene_rays.h"

#include "nets/core/isa.h"

#define LARGE_RADIUS 0.70f
#define SMALL_RADIUS 0.40f
#define BEVEL        0.09f /* width of the rounded edges, of the half size */

/* ---- bodies ----------------------------------------------------------------------------- */

body
vqa_scene_body (const vqa_scene_object *o)
{
  float radius = o->is[VQA_SIZE] == VQA_LARGE ? LARGE_RADIUS : SMALL_RADIUS;
  body b = { .shape = o->is[VQA_SHAPE], .x = o->x, .y = o->y };

  b.a = b.shape == VQA_SPHERE ? radius : 0.82f * radius;
  b.z = b.h = b.a;
  b.cos = o->turn[0];
  b.sin = o->turn[1];
  b.reach = b.shape == VQA_CUBE ? 1.4143f * b.a : b.a;
  return b;
}

void
vqa_scene_project (const vqa_scene *s, const float *p, float *u, float *v)
{
  float x = p[0] - s->eye[0], y = p[1] - s->eye[1], z = p[2] - s->eye[2];
  float scale = 1 / ((y * s->forward[1] + z * s->forward[2]) * s->spread);

  *u = x * scale;
  *v = (y * s->up[1] + z * s->up[2]) * scale;
}

static void
widen (const vqa_scene *s, view *w, float x, float y, float z)
{
  float u, v;

  vqa_scene_project (s, (float[3]){ x, y, z }, &u, &v);
  w->u0 = least (w->u0, u);
  w->u1 = most (w->u1, u);
  w->v0 = least (w->v0, v);
  w->v1 = most (w->v1, v);
}

view
vqa_scene_view (const vqa_scene *s, const body *b, const float *shift)
{
  view w = { FLT_MAX, -FLT_MAX, FLT_MAX, -FLT_MAX };
  float wide = shift ? 2.6f * b->a : 0; /* as far as an object darkens the ground */

  for (int k = 0; k < 8; k++)
    {
      float i = k & 1 ? b->a : -b->a, j = k & 2 ? b->a : -b->a, l = k & 4 ? b->h : -b->h;

      if (b->shape == VQA_SPHERE) /* the cube about it that faces the camera */
        widen (s, &w, b->x + i, b->y + j * s->forward[1] + l * s->up[1],
               b->z + j * s->forward[2] + l * s->up[2]);
      else
        widen (s, &w, b->x + b->cos * i - b->sin * j, b->y + b->sin * i + b->cos * j, b->z + l);
      if (!shift)
        continue;
      i *= 1.4f;
      j *= 1.4f;
      widen (s, &w, b->x + 2 * b->h * shift[0] + i, b->y + 2 * b->h * shift[1] + j, 0);
      widen (s, &w, b->x + (i < 0 ? -wide : wide), b->y + (j < 0 ? -wide : wide), 0);
    }
  return w;
}

/* ---- rays ------------------------------------------------------------------------------- */

typedef struct
{
  float t, nx, ny, nz;
} hit;

RAYS_INLINE hit
hit_sphere (const body *b, float ox, float oy, float oz, float dx, float dy, float dz)
{
  float x = ox - b->x, y = oy - b->y, z = oz - b->z;
  float dd = dx * dx + dy * dy + dz * dz;
  float half = x * dx + y * dy + z * dz;
  float left = half * half - dd * (x * x + y * y + z * z - b->a * b->a);
  float t = (-half - sqrtf (most (left, 0))) / dd;
  float scale = 1 / b->a;

  return (hit){ left > 0 && t > 0 ? t : NO_HIT, (x + t * dx) * scale, (y + t * dy) * scale,
                (z + t * dz) * scale };
}

/* How far a coordinate is into the rounded edge, with its sign: 0 inside, 1 at the surface. */
RAYS_INLINE float
into_bevel (float q)
{
  float depth = most ((fabsf (q) - (1 - BEVEL)) / BEVEL, 0);
  return q < 0 ? -depth : depth;
}

RAYS_INLINE hit
hit_cube (const body *b, float ox, float oy, float oz, float dx, float dy, float dz)
{
  float rx = ox - b->x, ry = oy - b->y, z = (oz - b->z);
  float x = b->cos * rx + b->sin * ry, y = b->cos * ry - b->sin * rx;
  float ex = b->cos * dx + b->sin * dy, ey = b->cos * dy - b->sin * dx;
  float ix = 1 / ex, iy = 1 / ey, iz = 1 / dz, a = b->a;
  float x0 = (-a - x) * ix, x1 = (a - x) * ix;
  float y0 = (-a - y) * iy, y1 = (a - y) * iy;
  float z0 = (-b->h - z) * iz, z1 = (b->h - z) * iz;
  float in = most (most (least (x0, x1), least (y0, y1)), least (z0, z1));
  float out = least (least (most (x0, x1), most (y0, y1)), most (z0, z1));
  float qx = into_bevel ((x + in * ex) / a), qy = into_bevel ((y + in * ey) / a);
  float qz = into_bevel ((z + in * dz) / b->h);
  float scale = 1 / sqrtf (most (qx * qx + qy * qy + qz * qz, 1e-6f));

  return (hit){ in < out && in > 0 ? in : NO_HIT, (b->cos * qx - b->sin * qy) * scale,
                (b->sin * qx + b->cos * qy) * scale, qz * scale };
}

RAYS_INLINE hit
hit_cylinder (const body *b, float ox, float oy, float oz, float dx, float dy, float dz)
{
  float x = ox - b->x, y = oy - b->y, z = oz - b->z;
  float dd = most (dx * dx + dy * dy, 1e-9f), iz = 1 / dz;
  float half = x * dx + y * dy;
  float left = half * half - dd * (x * x + y * y - b->a * b->a);
  float root = sqrtf (most (left, 0));
  float z0 = (-b->h - z) * iz, z1 = (b->h - z) * iz;
  float in = most ((-half - root) / dd, least (z0, z1));
  float out = least ((-half + root) / dd, most (z0, z1));
  float qx = (x + in * dx) / b->a, qy = (y + in * dy) / b->a;
  float rim = sqrtf (most (qx * qx + qy * qy, 1e-9f));
  float side = into_bevel (rim), qz = into_bevel ((z + in * dz) / b->h);
  float scale = 1 / sqrtf (most (side * side + qz * qz, 1e-6f));

  return (hit){ left > 0 && in < out && in > 0 ? in : NO_HIT, qx / rim * side * scale,
                qy / rim * side * scale, qz * scale };
}

#define MEET(shape)                                                                                \
  for (int i = from; i < to; i++)                                                                  \
    {                                                                                              \
      hit h = hit_##shape (&b, r->ox[i], r->oy[i], r->oz[i], r->dx[i], r->dy[i], r->dz[i]);        \
      gboolean nearer = h.t < r->t[i];                                                             \
      r->t[i] = nearer ? h.t : r->t[i];                                                            \
      r->nx[i] = nearer ? h.nx : r->nx[i];                                                         \
      r->ny[i] = nearer ? h.ny : r->ny[i];                                                         \
      r->nz[i] = nearer ? h.nz : r->nz[i];                                                         \
      r->id[i] = nearer ? id : r->id[i];                                                           \
    }

NN_LOOP (meet, (rays * r, const body *object, int id, int from, int to), (r, object, id, from, to))
{
  const body b = *object;

  if (b.shape == VQA_SPHERE)
    MEET (sphere)
  else if (b.shape == VQA_CUBE)
    MEET (cube)
  else
    MEET (cylinder)
}

void
vqa_rays_meet (rays *r, const body *b, int id, int from, int to)
{
  meet (r, b, id, from, to);
}
