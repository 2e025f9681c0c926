#include "nets/zoo/zoo.h"

nn_node
nn_mlp (nn_graph *g, const char *scope, nn_node x, const int *hidden, int n_hidden, int classes)
{
  nn_scope (g, "%s", scope);
  for (int i = 0; i <= n_hidden; i++)
    {
      g_autofree char *name = g_strdup_printf ("fc%d", i + 1);
      x = nn_linear (g, name, x, i < n_hidden ? hidden[i] : classes);
      if (i < n_hidden)
        x = nn_relu (g, x);
    }
  nn_scope (g, "%s", "");
  return x;
}
