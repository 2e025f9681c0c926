#include "app/model.h"

#include <glib/gi18n.h>

struct _RegardModel
{
  GObject parent_instance;

  /* Owned */
  vqa_model_info *info;
  vqa_facts *facts;
};

G_DEFINE_FINAL_TYPE (RegardModel, regard_model, G_TYPE_OBJECT)

static void
regard_model_finalize (GObject *object)
{
  RegardModel *self = REGARD_MODEL (object);

  vqa_model_info_free (self->info);
  vqa_facts_free (self->facts);
  G_OBJECT_CLASS (regard_model_parent_class)->finalize (object);
}

static void
regard_model_class_init (RegardModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = regard_model_finalize;
}

static void
regard_model_init (RegardModel *self)
{
}

RegardModel *
regard_model_new (vqa_model_info *info)
{
  RegardModel *self = g_object_new (REGARD_TYPE_MODEL, NULL);

  self->info = info;
  self->facts = vqa_facts_read (info->scores);
  return self;
}

const vqa_model_info *
regard_model_get_info (RegardModel *self)
{
  g_return_val_if_fail (REGARD_IS_MODEL (self), NULL);
  return self->info;
}

const vqa_facts *
regard_model_get_facts (RegardModel *self)
{
  g_return_val_if_fail (REGARD_IS_MODEL (self), NULL);
  return self->facts;
}

const char *
regard_model_get_terms (RegardModel *self)
{
  g_return_val_if_fail (REGARD_IS_MODEL (self), NULL);
  return self->info->terms ? self->info->terms : _ ("The file of this model states no terms.");
}

char *
regard_model_dup_terms_in_short (RegardModel *self)
{
  const char *terms = regard_model_get_terms (self), *end = strstr (terms, ". ");

  return end ? g_strndup (terms, (gsize)(end + 1 - terms)) : g_strdup (terms);
}
