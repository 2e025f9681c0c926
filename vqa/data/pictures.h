/* The pictures of a folder. */
#pragma once

#include "vqa/data/data.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* Attributes that vqa_picture_is_met() looks at, to enumerate a folder with. */
#define VQA_PICTURE_ATTRIBUTES "standard::name,standard::type,standard::is-hidden"

/* Whether a file found in a folder is a picture that one may come upon: not hidden, and named as
 * one that can be read. */
gboolean vqa_picture_is_met (GFileInfo *info);
/* To order names as file managers do, by strcmp(): 2 before 10. The caller frees. */
char *vqa_picture_sort_key (const char *name);

/* The pictures of a folder, and with `recursive` of the folders in it, in that order: array of
 * GFile, free with g_ptr_array_unref. Hidden folders and links to folders are left out. *unread
 * (NULL: not wanted) receives sentences about folders in it that could not be read, free it
 * likewise. NULL and VQA_ERROR_DATA or G_IO_ERROR_CANCELLED when `folder` itself cannot be. */
GPtrArray *vqa_pictures_list (GFile *folder, gboolean recursive, GPtrArray **unread,
                              GCancellable *cancellable, GError **error);

G_END_DECLS
