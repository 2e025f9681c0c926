/* How the question acts on the network: for each place the strongest gains, shifts and gates; and
 * what is answered when another question acts in its stead, at all places or at some. */
#pragma once

#include "app/engine-modulation.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define REGARD_TYPE_MODULATION_PAGE (regard_modulation_page_get_type ())
G_DECLARE_FINAL_TYPE (RegardModulationPage, regard_modulation_page, REGARD, MODULATION_PAGE, AdwBin)

/* Begins with a question about a picture, and no other one. */
void regard_modulation_page_open (RegardModulationPage *self, RegardEngine *engine,
                                  RegardPicture *picture, RegardQuestion *question);
/* Stops what is under way. Nothing to do when it is not open. */
void regard_modulation_page_close (RegardModulationPage *self);
/* Shows what came of asking; open() does it by itself. other: the question that acts in the first
 * one's stead at some places (a set of bits), or NULL. */
void regard_modulation_page_show (RegardModulationPage *self, const RegardActing *acting,
                                  const char *other, guint places);
/* The places that are switched on, as bits; all of them: G_MAXUINT. */
guint regard_modulation_page_get_places (RegardModulationPage *self);
void regard_modulation_page_focus_entry (RegardModulationPage *self);

G_END_DECLS
