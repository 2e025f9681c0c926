/* Reading JSON of data sets, so that every error names the file and the place in it. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Where in which file a value stands, as "annotations[12].answers[3]". */
typedef struct
{
  const char *file;
  char path[96];
} vqa_place;

/* Sets VQA_ERROR_DATA, "FILE: PLACE.MEMBER: ..."; member may be NULL. Returns FALSE. */
gboolean vqa_place_wrong (const vqa_place *at, const char *member, GError **error,
                          const char *format, ...) G_GNUC_PRINTF (4, 5);
/* "an object", "text", ... */
const char *vqa_place_kind (JsonNode *node);
/* A member that is a whole number, not negative. */
gboolean vqa_place_integer (JsonObject *object, const char *member, gint64 *value,
                            const vqa_place *at, GError **error);
/* Optional text may be absent or null; *value is then NULL. The text belongs to the object. */
gboolean vqa_place_text (JsonObject *object, const char *member, gboolean optional,
                         const char **value, const vqa_place *at, GError **error);
/* Element i of an array, when it is an object; else NULL and an error. */
JsonObject *vqa_place_element (JsonArray *array, guint i, const vqa_place *at, GError **error);

G_END_DECLS
