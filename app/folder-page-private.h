/* What the page (folder-page.c) and what it keeps (folder-page-kept.c) share. */
#pragma once

#include "app/folder-page.h"

G_BEGIN_DECLS

struct _RegardFolderPage
{
  GtkWidget parent_instance;

  /* Template widgets */
  GtkWidget *ask_button;
  GtkWidget *content;
  GtkCheckButton *deep_check;
  GtkEditable *entry;
  GtkWidget *folder_button;
  GtkLabel *folder_label;
  GtkGridView *grid;
  GtkListBox *kept_list;
  GtkWidget *kept_section;
  GtkToggleButton *only_button;
  GtkProgressBar *progress;
  GtkWidget *results_bar;
  GtkStack *stack;
  GtkWidget *stop_button;
  GtkLabel *summary_label;

  /* Owned references */
  RegardEngine *engine;
  GFile *folder;     /* NULL: none was chosen */
  GListStore *items; /* of RegardCollected, in their order */
  GtkFilter *filter; /* those whose answer is asked for, where the person wants no others */
  vqa_collection *collection; /* that is shown; NULL: none */
  GPtrArray *files;           /* of GFile: to be asked; NULL when nothing is under way */
  guint next;                 /* of them */
  GCancellable *asking;       /* of what is under way */
  GQueue textured;            /* of RegardCollected, borrowed: those with a texture, oldest first */
  vqa_collection *deleted;    /* that can be put back, or NULL */
};

void regard_folder_page_tell (RegardFolderPage *self, GtkMessageType type, const char *message);
/* Takes the toast. */
void regard_folder_page_toast (RegardFolderPage *self, AdwToast *toast);
/* Shows one that was asked before; takes it. */
void regard_folder_page_show (RegardFolderPage *self, vqa_collection *collection);

/* folder-page-kept.c: keeps what is shown, unless in private mode. */
void regard_folder_page_keep (RegardFolderPage *self);
void regard_folder_page_kept_class_init (GtkWidgetClass *widget_class);

G_END_DECLS
