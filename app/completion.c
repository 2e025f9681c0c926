#include "app/completion.h"

#include "app/question.h"

GtkListStore *
regard_completion_offer (GtkEntry *entry)
{
  g_autoptr (GtkEntryCompletion) completion = gtk_entry_completion_new ();
  GtkListStore *list = gtk_list_store_new (1, G_TYPE_STRING);

  gtk_entry_completion_set_model (completion, GTK_TREE_MODEL (list));
  gtk_entry_completion_set_text_column (completion, 0);
  gtk_entry_completion_set_minimum_key_length (completion, 2);
  gtk_entry_completion_set_popup_single_match (completion, FALSE);
  gtk_entry_set_completion (entry, completion);
  return list;
}

static void
add (GtkListStore *list, GHashTable *seen, const char *text)
{
  if (g_hash_table_add (seen, g_utf8_casefold (text, -1)))
    gtk_list_store_insert_with_values (list, NULL, -1, 0, text, -1);
}

void
regard_completion_fill (GtkListStore *list, GListModel *asked, char **suggestions)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  gtk_list_store_clear (list);
  for (guint i = 0; asked && i < g_list_model_get_n_items (asked); i++)
    {
      g_autoptr (RegardQuestion) question = g_list_model_get_item (asked, i);

      add (list, seen, regard_question_get_text (question));
    }
  for (char **text = suggestions; text && *text; text++)
    add (list, seen, *text);
}
