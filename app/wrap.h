/* Children of any width one behind the other, in as many lines as it takes. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define REGARD_TYPE_WRAP (regard_wrap_get_type ())
G_DECLARE_FINAL_TYPE (RegardWrap, regard_wrap, REGARD, WRAP, GtkWidget)

void regard_wrap_append (RegardWrap *self, GtkWidget *child);
/* Removes all children. */
void regard_wrap_clear (RegardWrap *self);

G_END_DECLS
