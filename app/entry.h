/* A line of the history's list: empty until the engine has read it. */
#pragma once

#include <gtk/gtk.h>

#include "vqa/store/history.h"

G_BEGIN_DECLS

#define REGARD_TYPE_ENTRY (regard_entry_get_type ())
G_DECLARE_FINAL_TYPE (RegardEntry, regard_entry, REGARD, ENTRY, GObject)

RegardEntry *regard_entry_new (gint64 moment);
gint64 regard_entry_get_moment (RegardEntry *self);
/* NULL until it is read. Signal "changed": this, the texture or whether it is selected. */
const vqa_entry *regard_entry_get (RegardEntry *self);
GdkTexture *regard_entry_get_texture (RegardEntry *self); /* or NULL; not a new reference */
/* Takes the entry. */
void regard_entry_fill (RegardEntry *self, vqa_entry *entry, GdkTexture *texture);
gboolean regard_entry_get_selected (RegardEntry *self);
void regard_entry_set_selected (RegardEntry *self, gboolean selected);

/* "Today, 14:05", "12 November 2026"; the caller frees. */
char *regard_format_moment (gint64 moment);

G_END_DECLS
