/* What the files of modulated self-attention share: its parameters and the layout of memory.
 *
 * Below R = rows, P = positions, C = channels, K = heads * key, V = heads * value, D = width of the
 * question; a head's columns lie side by side.
 */
#pragma once

#include "nets/core/kern.h"
#include "nets/ops/loops.h"

/* Parameters in the order of declaration; each is there only with the modulation that needs it. */
typedef enum
{
  ATTEND_QUERY,       /* (K,C) */
  ATTEND_KEY,         /* (K,C) */
  ATTEND_VALUE,       /* (V,C) */
  ATTEND_OUT,         /* (C,V) */
  ATTEND_MODULATE,    /* (4K,D) */
  ATTEND_MODULATE_B,  /* (4K) */
  ATTEND_GATE,        /* (C,D) */
  ATTEND_GATE_B,      /* (C) */
  ATTEND_TOKEN_KEY,   /* (K,D) */
  ATTEND_TOKEN_VALUE, /* (V,D) */
  ATTEND_TOKEN_OPEN,  /* (heads) */
  ATTEND_MEAN,        /* (C), as are the next three */
  ATTEND_VARIANCE,
  ATTEND_GAIN,
  ATTEND_SHIFT,
  ATTEND_CONDITION,   /* (2C,D) */
  ATTEND_CONDITION_B, /* (2C) */
  ATTEND_N_PARAMS
} nn_attend_param;

/* Place of a parameter among the entry's, -1 when the entry does not have it. */
int nn_attend_param_at (const nn_entry *e, nn_attend_param which);

typedef struct
{
  size_t rows, p, c, heads, key, value_width, k, v, d;
  size_t slots; /* (row, head) pairs worked on at a time */
  float scale;  /* of the scores */
  /* What the question does now: nothing when it is ablated. */
  gboolean heard, film, token, condition;
  gboolean hold; /* all probabilities are kept, not only those of the slots */
  gboolean batch_statistics;
  float *w[ATTEND_N_PARAMS]; /* values, NULL when absent */
  float *g[ATTEND_N_PARAMS]; /* gradients, NULL when not wanted */

  /* saved; nn_attention() and nn_attention_token() read the first two there */
  float *probability;             /* (R,heads,P,P), or (slots,P,P) when they are not held */
  float *share;                   /* (R,heads,P) what the token gets: pull * tanh (open) */
  float *pull;                    /* (R,heads,P) the token's part of the softmax */
  float *query, *keys;            /* (R,P,K) before modulation */
  float *value;                   /* (R,P,V) */
  float *mod;                     /* (R,4K): gq bq gk bk */
  float *gate;                    /* (R,C) after tanh */
  float *plain, *mixed;           /* (R,P,V): A V without and with the token */
  float *out;                     /* (R,P,C): Wo A V */
  float *token_key, *token_value; /* (R,K), (R,V) */
  float *mean, *inverse;          /* (C), (C): 1 / deviation */
  float *change;                  /* (R,2C): changes of gain and shift */
  /* scratch */
  float *normed;               /* (R,P,C) */
  float *affine;               /* (R,2C): normed = x * affine[c] + affine[C+c] */
  double *sums;                /* (R,C) */
  float *mod_query, *mod_keys; /* (R,P,K) after modulation */
  /* scratch of backward only */
  float *d_query, *d_keys;            /* (R,P,K) */
  float *d_value, *d_mixed;           /* (R,P,V) */
  float *d_out;                       /* (R,P,C) */
  float *d_mod, *d_gate;              /* (R,4K), (R,C) */
  float *d_score;                     /* (slots,P,P) */
  float *d_pull;                      /* (R,heads,P) of the token's score */
  float *d_token_key, *d_token_value; /* (R,K), (R,V) */
  float *d_open;                      /* (R,heads) */
  float *d_normed;                    /* (R,P,C) */
  float *d_change;                    /* (R,2C) */
} nn_attend_memory;

nn_attend_memory nn_attend_memory_of (const nn_step *s);
/* Modulates m->query and m->keys into m->mod_query and m->mod_keys. */
void nn_attend_modulate (const nn_attend_memory *m);
void nn_attend_backward (nn_step *s);
/* The batch's mean and deviation of x (R,P,C), which also move the running ones, or the running
 * ones, into m->mean and m->inverse. */
void nn_attend_statistics (const nn_attend_memory *m, const float *x);
/* x (R,P,C) normalised by them, with gain and shift, into m->normed. */
void nn_attend_normalise (const nn_attend_memory *m, const float *x);
/* From m->d_normed to m->d_change and the gradients of gain and shift, and added to dx (R,P,C)
 * unless NULL. */
void nn_attend_norm_backward (const nn_attend_memory *m, const float *x, float *dx);
