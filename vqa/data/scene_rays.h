/* What placing and drawing scenes share: the bodies of the objects, and rays that meet them. */
#pragma once

#include "vqa/data/scene.h"

#include <float.h>
#include <math.h>

#if FLT_EVAL_METHOD != 0
#error "Scenes need single precision that stays single; compile for SSE2."
#endif

#define RAYS_INLINE static inline __attribute__ ((always_inline))

#define RAYS      128  /* handled together; a multiple of VECTOR */
#define VECTOR    16   /* segments are widened to multiples of it */
#define NO_HIT    1e9f /* distance of nothing */
#define ON_GROUND (-1) /* what was met, when it is no object */
#define IN_SKY    (-2)

/* An object's body: upright, half its height h above the ground. */
typedef struct
{
  vqa_shape shape;
  float x, y, z;  /* centre */
  float a, h;     /* half side or radius, half height */
  float cos, sin; /* turn about the vertical */
  float reach;    /* radius of a circle about it on the ground */
} body;

/* Rays, and what each has met so far. */
typedef struct
{
  float ox[RAYS], oy[RAYS], oz[RAYS];
  float dx[RAYS], dy[RAYS], dz[RAYS]; /* not of unit length */
  float t[RAYS];                      /* distance in lengths of d */
  float nx[RAYS], ny[RAYS], nz[RAYS]; /* unit normal there */
  gint32 id[RAYS];                    /* object, ON_GROUND or IN_SKY */
} rays;

/* A rectangle of the picture; u to the right and v upwards, -1 to 1. */
typedef struct
{
  float u0, u1, v0, v1;
} view;

body vqa_scene_body (const vqa_scene_object *o);
/* A rectangle that holds the body; with the light's shift per height (2), its shadow too. */
view vqa_scene_view (const vqa_scene *s, const body *b, const float *shift);
/* Where a point (3) appears. */
void vqa_scene_project (const vqa_scene *s, const float *point, float *u, float *v);
/* Lets rays from..to meet an object; those that have met something nearer stay as they are. */
void vqa_rays_meet (rays *r, const body *b, int id, int from, int to);

RAYS_INLINE float
least (float a, float b)
{
  return a < b ? a : b;
}

RAYS_INLINE float
most (float a, float b)
{
  return a > b ? a : b;
}

RAYS_INLINE float
clamp (float x)
{
  return least (most (x, 0), 1);
}

/* Samples from..to that a range of -1 to 1 may cover in a row of n. */
RAYS_INLINE void
covered (float low, float high, int n, int *from, int *to)
{
  float scale = 0.5f * (float)n;
  int first = (int)most ((low + 1) * scale - 1, 0);
  int last = (int)least ((high + 1) * scale + 2, (float)n);

  *from = MIN (first, n);
  *to = MAX (last, 0);
}
