/* Small pictures and files for tests, drawn here so that nothing has to be shipped. Arrays of
 * pixels are (height,width,channels); what is returned belongs to the caller. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A temporary folder, and its removal with everything in it. */
char *draw_folder (void);
void draw_remove (const char *folder);
/* Writes a file; returns its path. */
char *draw_file (const char *folder, const char *name, gconstpointer bytes, gssize length);
char *draw_save (const char *folder, const char *name, GBytes *bytes);

/* RGB; a smooth scene whose corners differ: red grows to the right, green downwards, a blue disc in
 * the upper left. */
guint8 *draw_scene (int width, int height);

GBytes *draw_png (const guint8 *pixels, int width, int height, int channels);
GBytes *draw_png16 (const guint16 *pixels, int width, int height, int channels);
/* Only the first chunks of a PNG with these sizes, and no pixels. */
GBytes *draw_png_header (guint32 width, guint32 height);
GBytes *draw_jpeg (const guint8 *pixels, int width, int height, int channels, int quality);
GBytes *draw_bmp (const guint8 *pixels, int width, int height, int channels);
GBytes *draw_tga (const guint8 *pixels, int width, int height, int channels);
/* A GIF whose frames are each of one colour, 0xRRGGBB. */
GBytes *draw_gif (int width, int height, const guint32 *colours, int frames);
/* The JPEG with an EXIF segment that says this orientation. */
GBytes *draw_with_orientation (GBytes *jpeg, int orientation);
/* The first `length` bytes. */
GBytes *draw_cut (GBytes *bytes, gsize length);

G_END_DECLS
