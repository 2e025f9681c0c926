/* Generated scenes: cubes, balls and cylinders on a table, as in CLEVR (Johnson et al. 2017), for
 * learning to see and to reason without a data set.
 *
 * A scene is a function of a seed, a number and a mode, the same on every computer:
 * vqa_scene_make() places the objects, vqa_scene_draw() gives its picture at any size, and
 * scene_questions.h asks about it. Everything is computed with additions, products, quotients and
 * square roots of IEEE single precision, which round in one way only, and these files are compiled
 * without contraction into fused operations.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Of pictures and questions together: any change of what is generated changes it. */
#define VQA_SCENE_VERSION 1

#define VQA_SCENE_FEWEST  3
#define VQA_SCENE_MOST    8
#define VQA_SCENE_VISIBLE 0.6f /* least share of an object that nothing hides */
/* Sizes of pictures. */
#define VQA_SCENE_SMALLEST 32
#define VQA_SCENE_LARGEST  512

typedef enum
{
  VQA_SHAPE,
  VQA_SIZE,
  VQA_COLOUR,
  VQA_MATERIAL,
  VQA_ATTRIBUTES
} vqa_attribute;

typedef enum
{
  VQA_CUBE,
  VQA_SPHERE,
  VQA_CYLINDER,
  VQA_SHAPES
} vqa_shape;

typedef enum
{
  VQA_LARGE,
  VQA_SMALL,
  VQA_SIZES
} vqa_size;

typedef enum
{
  VQA_GREY,
  VQA_RED,
  VQA_BLUE,
  VQA_GREEN,
  VQA_BROWN,
  VQA_PURPLE,
  VQA_CYAN,
  VQA_YELLOW,
  VQA_COLOURS
} vqa_colour;

typedef enum
{
  VQA_RUBBER,
  VQA_METAL,
  VQA_MATERIALS
} vqa_material;

#define VQA_VALUES (VQA_SHAPES + VQA_SIZES + VQA_COLOURS + VQA_MATERIALS)

/* On the ground, as the camera looks: left is where the picture's left is, in front is nearer. */
typedef enum
{
  VQA_LEFT,
  VQA_RIGHT,
  VQA_FRONT,
  VQA_BEHIND,
  VQA_RELATIONS
} vqa_relation;

/* Which colours cubes and cylinders may have (CLEVR-CoGenT's split); spheres have any. */
typedef enum
{
  VQA_SCENE_ALL, /* any */
  VQA_SCENE_A,   /* cubes grey, blue, brown, yellow; cylinders red, green, purple, cyan */
  VQA_SCENE_B,   /* the other way round: what was learnt on A is put together anew */
  VQA_SCENE_MODES
} vqa_scene_mode;

typedef struct
{
  guint8 is[VQA_ATTRIBUTES];  /* a vqa_shape, vqa_size, vqa_colour and vqa_material */
  float x, y;                 /* on the ground: x to the right, y away from the camera */
  float turn[2];              /* cosine and sine of its turn about the vertical */
  float picture_x, picture_y; /* where its centre appears, 0 to 1 from the upper left corner */
  float visible; /* share of its outline that no other object hides, VQA_SCENE_VISIBLE to 1 */
} vqa_scene_object;

typedef struct
{
  guint64 seed, index;
  vqa_scene_mode mode;
  int n; /* objects */
  vqa_scene_object objects[VQA_SCENE_MOST];
  float eye[3];            /* the camera */
  float forward[3], up[3]; /* unit vectors; its right is (1,0,0) */
  float spread;            /* tangent of half the angle of view */
  float light[3];          /* unit vector to the lamp */
  float ground[3];         /* reflectance, red green blue */
  float pool[2];           /* where on the ground the light is brightest */
} vqa_scene;

/* A series of scenes, and its name: "7", "7:a" or "7:b". FALSE for any other text. */
typedef struct
{
  guint64 seed;
  vqa_scene_mode mode;
} vqa_scene_series;
gboolean vqa_scene_series_parse (const char *text, vqa_scene_series *series);
char *vqa_scene_series_name (const vqa_scene_series *series);

void vqa_scene_make (vqa_scene *scene, guint64 seed, guint64 index, vqa_scene_mode mode);
/* Whether object `a` is left of (right of, in front of, behind) object `b`. Any two objects of a
 * scene are apart by a margin in both directions, on the ground and in the picture. */
gboolean vqa_scene_related (const vqa_scene *scene, int a, vqa_relation relation, int b);
/* Whether objects of this shape may have this colour. */
gboolean vqa_scene_pair (vqa_scene_mode mode, vqa_shape shape, vqa_colour colour);
/* rgb: (side,side,3), side VQA_SCENE_SMALLEST to VQA_SCENE_LARGEST. */
void vqa_scene_draw (const vqa_scene *scene, int side, guint8 *rgb);

/* "cube", "large", "red", "metal", ... */
const char *vqa_scene_value (vqa_attribute attribute, int value);
int vqa_scene_values (vqa_attribute attribute); /* how many values it has */
/* Where an attribute's values begin when those of all attributes stand in a row, VQA_VALUES. */
int vqa_scene_first_value (vqa_attribute attribute);
const char *vqa_scene_attribute (vqa_attribute attribute); /* "shape", "size", ... */
const char *vqa_scene_relation (vqa_relation relation);    /* "left", "right", "front", "behind" */

G_END_DECLS
