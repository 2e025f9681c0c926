/* Generated scenes as something to learn from. A training scene is made when a batch asks for it,
 * on the thread that prepares the batch: pass after pass of a stage goes on in the series that the
 * recipe names, and no picture comes again. Calibration and validation have series of their own, of
 * the same mode, whose seeds no recipe may name. */
#pragma once

#include "vqa/run/examples.h"

G_BEGIN_DECLS

/* Added to the recipe's seed for the series of a split; and how many pictures that has, with
 * VQA_SCENE_SET_QUESTIONS questions each. */
#define VQA_SCENES_CALIBRATION          G_GUINT64_CONSTANT (10000000000)
#define VQA_SCENES_VALIDATION           G_GUINT64_CONSTANT (20000000000)
#define VQA_SCENES_CALIBRATION_PICTURES 300
#define VQA_SCENES_VALIDATION_PICTURES  1000

/* Adds the scenes of the recipe, where it names some, to the photos, each with its split. */
gboolean vqa_scenes_add (vqa_examples *e, GError **error);
/* Steps of the longest program of a short question: one object or set by its looks alone, no other
 * thing to go by. */
#define VQA_SCENES_SHORT 6
/* Makes picture `picture` of the batch and its questions, where the photo there is a training
 * scene. brief: with short questions, where it has enough; a curriculum (Bengio et al. 2009). */
void vqa_scenes_fill (const vqa_examples *e, vqa_batch *b, int picture, guint64 pass,
                      gboolean brief);
/* What the network may learn to see before it is asked, or beside: for each cell of a map over the
 * picture and each value of an attribute (shapes, sizes, colours, materials), 1 where the centre of
 * such an object appears, otherwise 0. to: (height,width,VQA_VALUES). */
void vqa_scenes_labels (const vqa_scene *scene, int height, int width, float *to);
/* The cell of a map over the picture where an object's centre appears, row after row. */
gsize vqa_scenes_cell (const vqa_scene_object *o, int height, int width);
/* Draws a scene that is not of training: square (side,side,3). */
void vqa_scenes_draw (const vqa_photo *p, int side, guint8 *square);

G_END_DECLS
