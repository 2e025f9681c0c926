#include "app/history-model.h"

#define AT_ONCE     64   /* entries read together */
#define MAX_ENTRIES 2000 /* entries kept that nobody shows */

struct _RegardHistoryModel
{
  GObject parent_instance;

  RegardEngine *engine;
  GCancellable *finding; /* NULL when no search is under way */
  GCancellable *loading; /* of all reading */
  guint load_source;     /* until the wanted ones are read */

  char *words, *picture, *model;
  vqa_filter filter; /* its texts are the ones above */

  GArray *moments;      /* gint64, in order */
  GHashTable *entries;  /* moment -> RegardEntry, those that were asked for */
  GHashTable *wanted;   /* moments to be read */
  GHashTable *selected; /* moments */
};

enum
{
  SIGNAL_FOUND,
  SIGNAL_FAILED,
  SIGNAL_SELECTION_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void regard_history_model_list_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (RegardHistoryModel, regard_history_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL,
                                                      regard_history_model_list_init))

static gint64 *
copy_moment (gint64 moment)
{
  return g_memdup2 (&moment, sizeof moment);
}

static gint64
moment_at (const GArray *moments, guint position)
{
  return g_array_index (moments, gint64, position);
}

static void
fail (RegardHistoryModel *self, const GError *error)
{
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_signal_emit (self, signals[SIGNAL_FAILED], 0, error->message);
}

/* ---- reading ----------------------------------------------------------------------------- */

static void
loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardHistoryModel) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) list = NULL;

  list = regard_engine_load_finish (REGARD_ENGINE (source), result, &error);
  if (!list)
    {
      fail (self, error);
      return;
    }
  for (guint i = 0; i < list->len; i++)
    {
      RegardLoaded *loaded = list->pdata[i];
      RegardEntry *entry = g_hash_table_lookup (self->entries, &loaded->entry->question->asked);

      if (entry)
        regard_entry_fill (entry, g_steal_pointer (&loaded->entry), loaded->texture);
    }
}

/* Once a frame, so that what a screen asks for is read together. */
static gboolean
load_cb (gpointer data)
{
  RegardHistoryModel *self = data;
  g_autoptr (GArray) some = g_array_new (FALSE, FALSE, sizeof (gint64));
  GHashTableIter iter;
  gpointer moment;

  g_hash_table_iter_init (&iter, self->wanted);
  while (some->len < AT_ONCE && g_hash_table_iter_next (&iter, &moment, NULL))
    {
      g_array_append_vals (some, moment, 1);
      g_hash_table_iter_remove (&iter);
    }
  if (some->len > 0)
    regard_engine_load_async (self->engine, (const gint64 *)(const void *)some->data, some->len,
                              self->loading, loaded_cb, g_object_ref (self));
  if (g_hash_table_size (self->wanted) > 0)
    return G_SOURCE_CONTINUE;
  self->load_source = 0;
  return G_SOURCE_REMOVE;
}

static void
want (RegardHistoryModel *self, gint64 moment)
{
  g_hash_table_add (self->wanted, copy_moment (moment));
  if (!self->load_source)
    self->load_source = g_idle_add (load_cb, self);
}

/* Drops entries that only this model knows, when there are many. */
static void
drop_unused (RegardHistoryModel *self)
{
  GHashTableIter iter;
  gpointer entry;

  if (g_hash_table_size (self->entries) < MAX_ENTRIES)
    return;
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    if (G_OBJECT (entry)->ref_count == 1)
      g_hash_table_iter_remove (&iter);
}

static gpointer
regard_history_model_get_item (GListModel *list, guint position)
{
  RegardHistoryModel *self = REGARD_HISTORY_MODEL (list);
  RegardEntry *entry;
  gint64 moment;

  if (position >= self->moments->len)
    return NULL;
  moment = moment_at (self->moments, position);
  entry = g_hash_table_lookup (self->entries, &moment);
  if (!entry)
    {
      drop_unused (self);
      entry = regard_entry_new (moment);
      regard_entry_set_selected (entry, g_hash_table_contains (self->selected, &moment));
      g_hash_table_insert (self->entries, copy_moment (moment), entry);
      want (self, moment);
    }
  return g_object_ref (entry);
}

static GType
regard_history_model_get_item_type (GListModel *list)
{
  return REGARD_TYPE_ENTRY;
}

static guint
regard_history_model_get_n_items (GListModel *list)
{
  return REGARD_HISTORY_MODEL (list)->moments->len;
}

static void
regard_history_model_list_init (GListModelInterface *iface)
{
  iface->get_item = regard_history_model_get_item;
  iface->get_item_type = regard_history_model_get_item_type;
  iface->get_n_items = regard_history_model_get_n_items;
}

/* ---- finding ----------------------------------------------------------------------------- */

/* Entries on the screen are read again, the others forgotten. */
static void
refresh_entries (RegardHistoryModel *self)
{
  GHashTableIter iter;
  gpointer moment, entry;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &moment, &entry))
    if (G_OBJECT (entry)->ref_count == 1)
      g_hash_table_iter_remove (&iter);
    else
      want (self, *(gint64 *)moment);
}

/* What is no longer in the list is no longer selected. */
static void
refresh_selection (RegardHistoryModel *self)
{
  g_autoptr (GHashTable) still = NULL;

  if (g_hash_table_size (self->selected) == 0)
    return;
  still = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint i = 0; i < self->moments->len; i++)
    {
      gint64 moment = moment_at (self->moments, i);

      if (g_hash_table_contains (self->selected, &moment))
        g_hash_table_add (still, copy_moment (moment));
    }
  g_hash_table_unref (self->selected);
  self->selected = g_steal_pointer (&still);
  g_signal_emit (self, signals[SIGNAL_SELECTION_CHANGED], 0);
}

/* Tells the view only of the part that changed, so that it keeps its place; takes the array. */
static void
set_moments (RegardHistoryModel *self, GArray *moments)
{
  g_autoptr (GArray) old = self->moments;
  guint first = 0, last = 0, shorter = MIN (old->len, moments->len);

  self->moments = moments;
  while (first < shorter && moment_at (old, first) == moment_at (moments, first))
    first++;
  while (last < shorter - first
         && moment_at (old, old->len - 1 - last) == moment_at (moments, moments->len - 1 - last))
    last++;
  if (old->len != moments->len || first < moments->len)
    g_list_model_items_changed (G_LIST_MODEL (self), first, old->len - first - last,
                                moments->len - first - last);
}

static void
found_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (RegardHistoryModel) self = data;
  g_autoptr (GError) error = NULL;
  GArray *moments = regard_engine_find_finish (REGARD_ENGINE (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->finding);
  if (!moments)
    {
      fail (self, error);
      return;
    }
  set_moments (self, moments);
  refresh_entries (self);
  refresh_selection (self);
  g_signal_emit (self, signals[SIGNAL_FOUND], 0);
}

void
regard_history_model_reload (RegardHistoryModel *self)
{
  g_return_if_fail (REGARD_IS_HISTORY_MODEL (self));
  if (self->finding)
    g_cancellable_cancel (self->finding);
  g_clear_object (&self->finding);
  self->finding = g_cancellable_new ();
  regard_engine_find_async (self->engine, &self->filter, self->finding, found_cb,
                            g_object_ref (self));
}

static void
set_text (char **field, const char **shown, const char *text)
{
  g_free (*field);
  *field = g_strdup (text);
  *shown = *field;
}

void
regard_history_model_set_filter (RegardHistoryModel *self, const vqa_filter *filter)
{
  g_return_if_fail (REGARD_IS_HISTORY_MODEL (self) && filter);
  self->filter.corrected = filter->corrected;
  self->filter.pinned = filter->pinned;
  set_text (&self->words, &self->filter.words, filter->words);
  set_text (&self->picture, &self->filter.picture, filter->picture);
  set_text (&self->model, &self->filter.model, filter->model);
  regard_history_model_reload (self);
}

/* ---- selection --------------------------------------------------------------------------- */

static void
select_moment (RegardHistoryModel *self, gint64 moment, gboolean selected)
{
  RegardEntry *entry = g_hash_table_lookup (self->entries, &moment);

  if (selected)
    g_hash_table_add (self->selected, copy_moment (moment));
  else
    g_hash_table_remove (self->selected, &moment);
  if (entry)
    regard_entry_set_selected (entry, selected);
}

void
regard_history_model_toggle (RegardHistoryModel *self, guint position)
{
  gint64 moment;

  g_return_if_fail (REGARD_IS_HISTORY_MODEL (self) && position < self->moments->len);
  moment = moment_at (self->moments, position);
  select_moment (self, moment, !g_hash_table_contains (self->selected, &moment));
  g_signal_emit (self, signals[SIGNAL_SELECTION_CHANGED], 0);
}

static void
select_each (RegardHistoryModel *self, gboolean selected)
{
  for (guint i = 0; i < self->moments->len; i++)
    select_moment (self, moment_at (self->moments, i), selected);
  g_signal_emit (self, signals[SIGNAL_SELECTION_CHANGED], 0);
}

void
regard_history_model_select_all (RegardHistoryModel *self)
{
  g_return_if_fail (REGARD_IS_HISTORY_MODEL (self));
  select_each (self, TRUE);
}

void
regard_history_model_select_none (RegardHistoryModel *self)
{
  g_return_if_fail (REGARD_IS_HISTORY_MODEL (self));
  if (g_hash_table_size (self->selected) > 0)
    select_each (self, FALSE);
}

guint
regard_history_model_get_n_selected (RegardHistoryModel *self)
{
  g_return_val_if_fail (REGARD_IS_HISTORY_MODEL (self), 0);
  return g_hash_table_size (self->selected);
}

GArray *
regard_history_model_get_all (RegardHistoryModel *self)
{
  g_return_val_if_fail (REGARD_IS_HISTORY_MODEL (self), NULL);
  return g_array_copy (self->moments);
}

GArray *
regard_history_model_get_selected (RegardHistoryModel *self)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (gint64));

  g_return_val_if_fail (REGARD_IS_HISTORY_MODEL (self), list);
  for (guint i = 0; i < self->moments->len; i++)
    {
      gint64 moment = moment_at (self->moments, i);

      if (g_hash_table_contains (self->selected, &moment))
        g_array_append_val (list, moment);
    }
  return list;
}

/* ---- object ------------------------------------------------------------------------------ */

static void
regard_history_model_dispose (GObject *object)
{
  RegardHistoryModel *self = REGARD_HISTORY_MODEL (object);

  if (self->finding)
    g_cancellable_cancel (self->finding);
  g_cancellable_cancel (self->loading);
  g_clear_handle_id (&self->load_source, g_source_remove);
  g_clear_object (&self->finding);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (regard_history_model_parent_class)->dispose (object);
}

static void
regard_history_model_finalize (GObject *object)
{
  RegardHistoryModel *self = REGARD_HISTORY_MODEL (object);

  g_clear_object (&self->loading);
  g_free (self->words);
  g_free (self->picture);
  g_free (self->model);
  g_array_unref (self->moments);
  g_hash_table_unref (self->entries);
  g_hash_table_unref (self->wanted);
  g_hash_table_unref (self->selected);
  G_OBJECT_CLASS (regard_history_model_parent_class)->finalize (object);
}

static void
regard_history_model_class_init (RegardHistoryModelClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = regard_history_model_dispose;
  G_OBJECT_CLASS (klass)->finalize = regard_history_model_finalize;
  signals[SIGNAL_FOUND]
      = g_signal_new ("found", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_SELECTION_CHANGED] = g_signal_new ("selection-changed", type, G_SIGNAL_RUN_LAST, 0,
                                                    NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
regard_history_model_init (RegardHistoryModel *self)
{
  self->loading = g_cancellable_new ();
  self->moments = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->entries = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_object_unref);
  self->wanted = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->selected = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
}

RegardHistoryModel *
regard_history_model_new (RegardEngine *engine)
{
  RegardHistoryModel *self = g_object_new (REGARD_TYPE_HISTORY_MODEL, NULL);

  self->engine = g_object_ref (engine);
  return self;
}
