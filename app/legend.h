/* The colours of the evidence map from weak to strong, as a small bar. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define REGARD_TYPE_LEGEND (regard_legend_get_type ())
G_DECLARE_FINAL_TYPE (RegardLegend, regard_legend, REGARD, LEGEND, GtkWidget)

G_END_DECLS
