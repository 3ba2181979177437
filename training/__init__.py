"""From history to a model that serving may use: labels, data sets, models, evaluation, gates, registry, bundle."""
