"""Entry points for spark-submit: the functions of `warehouse`, with Spark as the scheduler."""
