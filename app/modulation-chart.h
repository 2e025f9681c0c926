/* The strongest values of a place by channel, as bars up and down from a line: gains, say. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define REGARD_TYPE_MODULATION_CHART (regard_modulation_chart_get_type ())
G_DECLARE_FINAL_TYPE (RegardModulationChart, regard_modulation_chart, REGARD, MODULATION_CHART,
                      GtkWidget)

/* How many of them are shown, at most. */
#define REGARD_CHART_BARS 8

/* values (channels) are copied as far as they are shown, strongest first. most: the value whose bar
 * is as long as it can be, above 0. title says what they are ("Gains at Block 1"), for who cannot
 * see the bars. */
GtkWidget *regard_modulation_chart_new (const char *title, const float *values, int channels,
                                        float most);
/* "channel 12: +0.42, channel 3: −0.31 ..."; owned by the chart. */
const char *regard_modulation_chart_get_words (RegardModulationChart *self);

G_END_DECLS
