/* What exporting and importing share: pieces of JSON, CSV and Markdown. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A JSON string with its quotes; null for NULL. Any bytes become valid UTF-8. */
void vqa_append_json_text (GString *out, const char *text);

/* Seventeen digits: read again, it is the same number. */
void vqa_append_json_number (GString *out, double value);
/* One field of a line, after a comma unless the line is empty: its first field must not be. */
void vqa_append_csv (GString *out, const char *text);
void vqa_append_csv_number (GString *out, double value);
/* Text on one line in which nothing is markup. */
void vqa_append_markdown (GString *out, const char *text);
/* A moment (microseconds since 1970) as "2026-11-23T17:38:00Z"; the caller frees. */
char *vqa_date_text (gint64 moment);

/* Writes a whole file or nothing: an older one stays as it was on failure. */
typedef gboolean (*vqa_write_stream) (GOutputStream *stream, gpointer data, GError **error);
gboolean vqa_replace_file (GFile *file, vqa_write_stream write, gpointer data, GError **error);

/* Walks the elements of a list or an object, in JSON that nn_json_check() has passed: so a file is
 * never held as a tree. Begin with the text of the list or object, its bracket first. */
typedef struct
{
  const char *at, *end;
} vqa_json_walk;
vqa_json_walk vqa_json_walk_begin (const char *text, gsize length);
/* The next element: key (NULL for a list) is the raw text between its quotes, value its raw text.
 * FALSE at the end. */
typedef struct
{
  const char *key, *value;
  gsize key_length, value_length;
} vqa_json_element;
gboolean vqa_json_walk_next (vqa_json_walk *walk, vqa_json_element *element);

G_END_DECLS
