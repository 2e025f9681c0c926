/* What the window (window.c), asking (window-ask.c), looking (window-look.c), its ways in
 * (window-input.c), the folder (window-folder.c), asking all of one (window-collections.c), words
 * (window-words.c), how the question acts (window-modulation.c), the comparison (window-compare.c)
 * and what it does with the history (window-history.c) share. */
#pragma once

#include "app/ask-panel.h"
#include "app/compare-page.h"
#include "app/folder-page.h"
#include "app/history-page.h"
#include "app/image-view.h"
#include "app/map-bar.h"
#include "app/model-chooser.h"
#include "app/modulation-page.h"
#include "app/start-page.h"
#include "app/window.h"

G_BEGIN_DECLS

struct _RegardWindow
{
  AdwApplicationWindow parent_instance;

  /* Template widgets */
  RegardAskPanel *ask_panel;
  GtkInfoBar *bar;
  GtkLabel *bar_label;
  RegardComparePage *compare_page;
  GtkWidget *drop_hint;
  RegardFolderPage *folder_page;
  RegardHistoryPage *history_page;
  GtkWidget *home_button;
  RegardImageView *image_view;
  GtkLabel *hover_label;
  RegardMapBar *map_bar;
  GtkRevealer *map_revealer;
  RegardModelChooser *model_chooser;
  RegardModulationPage *modulation_page;
  GtkStack *pages;
  GtkWidget *private_label;
  GtkMenuButton *seen_button;
  GtkLabel *seen_label;
  GtkPicture *seen_picture;
  GtkSpinner *spinner;
  RegardStartPage *start_page;
  AdwWindowTitle *title;
  AdwToastOverlay *toasts;
  GtkButton *zoom_button;

  /* Owned references */
  RegardEngine *engine;
  RegardPicture *picture;
  GCancellable *opening;   /* NULL when nothing is being opened */
  GCancellable *looking;   /* NULL when nothing is being asked or explained */
  GCancellable *enlarging; /* NULL when nothing is wanted at full resolution */
  guint64 asked;   /* grows with everything that is asked: only the last one's answer counts */
  char *mapped;    /* the map that is shown or on its way: see map_name() */
  vqa_map *map;    /* that is shown, or NULL */
  guint64 changed; /* it is what these words change in a map (a set of bits); 0: a map */
  char *weighed;   /* whose words' weights are shown or on their way, or NULL */
  GCancellable *weighing; /* NULL when no words are being weighed */
  guint map_source;       /* until evidence is looked for */
  guint part_source;      /* until the question is asked of the part */
  char *notice; /* what the bar tells about the engine, NULL when it tells something else */
  guint spinner_source;
  char *stood_in;   /* path of the model that answers again after generated scenes, or NULL */
  gint64 recall;    /* the question to show when the photograph opens, 0: the last */
  char *to_ask;     /* asked when the photograph opens, or NULL */
  char *expected;   /* hash of the photograph that should open, or NULL */
  GFile *walked;    /* the last neighbour opened, until the photograph is there; or NULL */
  gboolean walking; /* a neighbour is being looked for */
  gboolean listing_common; /* the library's commonest questions are on their way */
  gboolean stale;          /* the photograph's questions may be others by now */
};

void regard_window_open_texture (RegardWindow *self, GdkTexture *texture, const char *title);
/* Generated scenes are answered by the model that learned from such, where there is one; what comes
 * after them by the one before, unless the person chose another. Before a picture is opened. */
void regard_window_settle_model (RegardWindow *self, gboolean scene);
/* A path, or a URI of a file. */
void regard_window_open_place (RegardWindow *self, const char *place);
/* A message in the bar at the top, until it is closed or the next photograph opens. */
void regard_window_tell (RegardWindow *self, GtkMessageType type, const char *message);
/* While something is dragged over the window. */
void regard_window_set_drop_hint (RegardWindow *self, gboolean show);

/* window-ask.c: asking about the photograph or a part of it.
 *
 * Shows a question of the photograph again, with its evidence. */
void regard_window_recall (RegardWindow *self, RegardQuestion *question);
/* Asks, and keeps the question; without a photograph nothing happens. */
void regard_window_ask (RegardWindow *self, const char *text);
/* What is asked about from now on, of the photograph that is open; asks nothing. */
void regard_window_ask_about (RegardWindow *self, const vqa_region *part);
/* Drops what was asked and not answered yet; what is to be recorded is all the same. */
void regard_window_stop_looking (RegardWindow *self);
/* "4032 × 3024, seen as 192 × 192"; the caller frees. */
char *regard_window_describe_sizes (RegardWindow *self);
void regard_window_ask_class_init (GtkWidgetClass *widget_class);
void regard_window_ask_init (RegardWindow *self);

void regard_window_update_title (RegardWindow *self);
/* NULL: the start page. */
void regard_window_show_picture (RegardWindow *self, RegardPicture *picture);

/* window-look.c: the map, and zoom.
 *
 * A map of the chosen kind for the best answer of the question that is shown: at once, or when the
 * person rests. */
void regard_window_look_for (RegardWindow *self, RegardQuestion *question, gboolean at_once);
/* The same for what the person chose now: an answer, a place, words. */
void regard_window_look_again (RegardWindow *self);
/* The photograph alone. */
void regard_window_show_no_map (RegardWindow *self);
void regard_window_look_class_init (GtkWidgetClass *widget_class);
void regard_window_look_init (RegardWindow *self);

/* window-words.c: how much each word of the question mattered.
 *
 * Weighs the words of the shown question for one of its answers, unless that is done. */
void regard_window_weigh_words (RegardWindow *self, RegardQuestion *question, const char *answer);
/* Drops what is being weighed. */
void regard_window_stop_weighing (RegardWindow *self);
/* Chooses no word; FALSE: none was chosen. */
gboolean regard_window_leave_words (RegardWindow *self);
void regard_window_words_init (RegardWindow *self);

/* window-history.c: the history's page, corrections, saving the view, private mode. */
void regard_window_history_class_init (GtkWidgetClass *widget_class);
void regard_window_history_init (RegardWindow *self);
void regard_window_history_connect (RegardWindow *self);
gboolean regard_window_shows_history (RegardWindow *self);
char *regard_window_history_subtitle (RegardWindow *self); /* the caller frees */
/* From the history back to the photograph, or to the start page. */
void regard_window_leave_history (RegardWindow *self);

/* window-compare.c: the page that compares two models, and the action win.compare. */
void regard_window_compare_class_init (GtkWidgetClass *widget_class);
void regard_window_compare_init (RegardWindow *self);
gboolean regard_window_shows_compare (RegardWindow *self);
/* From that page back to the photograph; FALSE: another page is shown. */
gboolean regard_window_leave_compare (RegardWindow *self);

/* window-collections.c: the page that asks a whole folder, and the action win.ask-folder. */
void regard_window_collections_class_init (GtkWidgetClass *widget_class);
void regard_window_collections_init (RegardWindow *self);
gboolean regard_window_shows_folder (RegardWindow *self);
/* From that page back to the photograph, or to the start page; FALSE: another page is shown. */
gboolean regard_window_leave_folder (RegardWindow *self);
/* Shows that page for a folder, which is not asked anything yet. */
void regard_window_open_folder (RegardWindow *self, GFile *folder);

/* window-seen.c: what the network sees. */
void regard_window_seen_class_init (GtkWidgetClass *widget_class);
/* There is another photograph, or none. */
void regard_window_seen_update (RegardWindow *self);

/* window-modulation.c: the page that tells how the question acts, and the action win.modulation. */
void regard_window_modulation_class_init (GtkWidgetClass *widget_class);
void regard_window_modulation_init (RegardWindow *self);
gboolean regard_window_shows_modulation (RegardWindow *self);
/* From that page back to the photograph; FALSE: another page is shown. */
gboolean regard_window_leave_modulation (RegardWindow *self);

/* window-folder.c: the actions win.next and win.previous. */
void regard_window_folder_class_init (GtkWidgetClass *widget_class);
/* There is another photograph, or none. */
void regard_window_folder_update (RegardWindow *self);

/* window-input.c: adds the actions win.open, win.paste and the drop target. */
void regard_window_input_class_init (GtkWidgetClass *widget_class);
void regard_window_input_init (RegardWindow *self);

G_END_DECLS
